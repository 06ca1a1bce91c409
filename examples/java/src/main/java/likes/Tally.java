package likes;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * The likes of one post.
 *
 * @param likes those that stand
 * @param takenBack those that were deleted
 */
record Tally(long likes, @JsonProperty("taken_back") long takenBack) {
  static final Tally NONE = new Tally(0, 0);

  Tally plus(Like like) {
    return add(like, 1);
  }

  Tally minus(Like like) {
    return add(like, -1);
  }

  private Tally add(Like like, int by) {
    return like.deleted() ? new Tally(likes, takenBack + by) : new Tally(likes + by, takenBack);
  }
}
