package likes;

import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.Locale;
import java.util.PriorityQueue;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/** The posts with the most likes, as text. */
final class TopList {
  private static final Comparator<KeyValue<String, Tally>> FIRST_IS_LEAST =
      Comparator.<KeyValue<String, Tally>>comparingLong(each -> each.value.likes())
          .thenComparing(each -> each.key, Comparator.reverseOrder());

  private TopList() {}

  /** Sums and the first posts of a store, equal ones by their AT-URI; empty while it has none. */
  static String text(ReadOnlyKeyValueStore<String, Tally> store, int top) {
    PriorityQueue<KeyValue<String, Tally>> best = new PriorityQueue<>(FIRST_IS_LEAST);
    long posts = 0;
    long likes = 0;
    long takenBack = 0;
    try (KeyValueIterator<String, Tally> rows = store.all()) {
      while (rows.hasNext()) {
        KeyValue<String, Tally> row = rows.next();
        posts++;
        likes += row.value.likes();
        takenBack += row.value.takenBack();
        best.add(row);
        if (best.size() > top) best.poll();
      }
    }
    if (posts == 0) return "";
    StringBuilder text = new StringBuilder(String.format(
        Locale.ROOT, "%,d likes of %,d posts; %,d more were taken back%n", likes, posts, takenBack));
    text.append(String.format("%10s  %10s  %s%n", "likes", "taken back", "post"));
    best.stream().sorted(FIRST_IS_LEAST.reversed()).forEach(each -> text.append(String.format(
        Locale.ROOT, "%,10d  %,10d  %s%n", each.value.likes(), each.value.takenBack(), each.key)));
    return text.toString();
  }

  /** The text below the time of now. */
  static String stamped(String text) {
    return LocalTime.now().truncatedTo(ChronoUnit.SECONDS) + "  " + text;
  }
}
