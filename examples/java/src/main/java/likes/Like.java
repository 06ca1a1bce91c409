package likes;

import com.fasterxml.jackson.databind.JsonNode;
import org.apache.kafka.streams.KeyValue;

/**
 * The latest state of one like.
 *
 * @param rev revision of the last operation on it
 * @param post AT-URI of the liked post; null while no event has named it
 * @param deleted whether the account took the like back
 */
record Like(String rev, String post, boolean deleted) {
  static final String CREATED = "Bluesky.Feed.Like";
  static final String DELETED = "Bluesky.Feed.Like.Deleted";

  /** The like that an event is about, by the like's own AT-URI; null for an event of another type. */
  static KeyValue<String, Like> of(JsonNode event) {
    String type = event.path("type").asText();
    boolean deleted = type.equals(DELETED);
    if (!deleted && !type.equals(CREATED)) return null;
    JsonNode data = event.path("data");
    // A delete names its like and not the post, unless the producer runs with --remember-subjects.
    String post = data.path("subject_uri").asText("");
    return KeyValue.pair(data.path("uri").asText(), new Like(event.path("rev").asText(), post.isEmpty() ? null : post, deleted));
  }

  /**
   * This like after one more event about it. The greatest rev counts, so that neither an event that comes twice nor one
   * that comes late changes the result. A delete keeps the post that the like named.
   */
  Like after(Like event) {
    Like latest = event.rev.compareTo(rev) > 0 ? event : this;
    Like other = latest == this ? event : this;
    return new Like(latest.rev, latest.post == null ? other.post : latest.post, latest.deleted);
  }
}
