import { assertEquals } from "@std/assert";
import { dockerVariable } from "../../scripts/kafka.ts";

Deno.test("dockerVariable() names a setting as the image of Apache Kafka reads it, and keeps its value", () => {
  assertEquals(dockerVariable("process.roles=broker,controller"), "KAFKA_PROCESS_ROLES=broker,controller");
  assertEquals(dockerVariable("a.b-c_d=x=y"), "KAFKA_A_B__C___D=x=y");
});
