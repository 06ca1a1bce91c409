package likes;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Events to likes, likes to counts. The first table has a row for each like, by the like's own AT-URI, which is what a
 * delete names. The second groups those rows by post: when a row changes, Kafka Streams subtracts the old one and adds
 * the new one, so a like that turns into a deleted like moves from one count of its post to the other.
 */
final class LikeCounts {
  /** Name of the store with a {@link Tally} for each post. */
  static final String POSTS = "posts";

  private static final Serde<String> TEXT = Serdes.String();
  private static final Serde<Like> LIKE = JsonSerde.of(Like.class);
  private static final Serde<Tally> TALLY = JsonSerde.of(Tally.class);

  private LikeCounts() {}

  /** @param onInvalid runs for each record that is no structured CloudEvent */
  static Topology topology(String input, String output, Runnable onInvalid) {
    StreamsBuilder builder = new StreamsBuilder();

    KTable<String, Like> likes = builder
        .stream(input, Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
        .flatMap((key, value) -> read(value, onInvalid))
        .groupByKey(Grouped.with("by-like", TEXT, LIKE))
        .reduce(Like::after, Materialized.<String, Like, KeyValueStore<Bytes, byte[]>>as("likes")
            .withKeySerde(TEXT).withValueSerde(LIKE));

    KTable<String, Tally> posts = likes
        .filter((uri, like) -> like.post() != null)
        .groupBy((uri, like) -> KeyValue.pair(like.post(), like), Grouped.with("by-post", TEXT, LIKE))
        .aggregate(
            () -> Tally.NONE,
            (post, like, tally) -> tally.plus(like),
            (post, like, tally) -> tally.minus(like),
            Materialized.<String, Tally, KeyValueStore<Bytes, byte[]>>as(POSTS)
                .withKeySerde(TEXT).withValueSerde(TALLY));

    posts.toStream().to(output, Produced.with(TEXT, TALLY));
    return builder.build();
  }

  private static List<KeyValue<String, Like>> read(byte[] value, Runnable onInvalid) {
    try {
      JsonNode event = value == null ? null : JsonSerde.JSON.readTree(value);
      if (event != null && event.hasNonNull("specversion")) {
        KeyValue<String, Like> like = Like.of(event);
        return like == null ? List.of() : List.of(like);
      }
    } catch (IOException error) {
      // No JSON: invalid as well.
    }
    onInvalid.run();
    return List.of();
  }
}
