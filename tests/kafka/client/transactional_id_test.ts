import { assertEquals } from "@std/assert";
import { knowsTransactionalId } from "../../../src/kafka/client/transactional_id.ts";
import { createTopic, kafkaTest, testClient } from "../../support/kafka.ts";
import { producerOptions } from "../../support/producer.ts";
import { until } from "../../support/wait.ts";

kafkaTest(
  "knowsTransactionalId() knows an ID from its first transaction on, and leaves none behind by asking",
  async (kafka) => {
    const { bootstrapServers, topic } = kafka;
    await createTopic(kafka, topic, 1);
    const options = producerOptions(bootstrapServers, topic);
    // The coordinators of a new broker begin with the first questions.
    await until("the coordinator", () => knowsTransactionalId(options, topic).then(() => true, () => false));
    assertEquals(await knowsTransactionalId(options, topic), false);
    assertEquals(await knowsTransactionalId(options, topic), false);
    const producer = testClient(kafka).producer({ transactionalId: topic, maxInFlightRequests: 1 });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.abort();
    await producer.disconnect();
    assertEquals(await knowsTransactionalId(options, topic), true);
    assertEquals(await knowsTransactionalId(options, `${topic}-other`), false);
  },
);
