package likes;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** What the command line and the variables say. */
record Settings(
    String brokers, String topic, String outputTopic, String applicationId, String stateDir, int top, String config) {

  /** A mistake in the settings, with a message for the user. */
  static final class InvalidSettings extends Exception {
    private static final long serialVersionUID = 1;

    InvalidSettings(String message) {
      super(message);
    }
  }

  private enum Flag {
    BOOTSTRAP_SERVERS("HOST:PORT,...", "KAFKA_BOOTSTRAP_SERVERS", "localhost:9092", "Kafka brokers"),
    TOPIC("TOPIC", "KAFKA_TOPIC", "bluesky", "Topic with the events"),
    OUTPUT_TOPIC("TOPIC", null, "bluesky-likes", "Topic for the counts; created if it is missing"),
    APPLICATION_ID("NAME", null, "bluesky-likes", "Consumer group; a new name counts the topic from its beginning"),
    STATE_DIR("FOLDER", null, System.getProperty("java.io.tmpdir") + "/kafka-streams",
        "Local copy of the state; Kafka has it too"),
    TOP("COUNT", null, "10", "Posts in the list"),
    CONFIG("FILE", null, "", "Properties for the Kafka clients, such as security.protocol");

    final String value;
    final String variable;
    final String byDefault;
    final String meaning;

    Flag(String value, String variable, String byDefault, String meaning) {
      this.value = value;
      this.variable = variable;
      this.byDefault = byDefault;
      this.meaning = meaning;
    }

    String text() {
      return "--" + name().toLowerCase().replace('_', '-');
    }

    /** The text of the variable, else the default; an empty variable is an unset one. */
    String unlessGiven() {
      String set = variable == null ? null : System.getenv(variable);
      return set == null || set.isEmpty() ? byDefault : set;
    }
  }

  static Settings read(String[] args) throws InvalidSettings {
    Map<Flag, String> given = new LinkedHashMap<>();
    for (int i = 0; i < args.length; i++) {
      String[] parts = args[i].split("=", 2);
      Flag flag = flagOf(parts[0]);
      if (parts.length == 1 && i + 1 == args.length) {
        throw new InvalidSettings("Missing value for " + parts[0] + ": expected " + flag.value);
      }
      given.put(flag, parts.length == 2 ? parts[1] : args[++i]);
    }
    String top = valueOf(Flag.TOP, given);
    if (!top.matches("[1-9][0-9]{0,3}")) {
      throw new InvalidSettings("Invalid value \"" + top + "\" for --top: expected a count from 1 to 9999");
    }
    return new Settings(
        valueOf(Flag.BOOTSTRAP_SERVERS, given), valueOf(Flag.TOPIC, given), valueOf(Flag.OUTPUT_TOPIC, given),
        valueOf(Flag.APPLICATION_ID, given), valueOf(Flag.STATE_DIR, given), Integer.parseInt(top),
        valueOf(Flag.CONFIG, given));
  }

  private static String valueOf(Flag flag, Map<Flag, String> given) {
    String value = given.get(flag);
    return value == null ? flag.unlessGiven() : value;
  }

  private static Flag flagOf(String text) throws InvalidSettings {
    for (Flag flag : Flag.values()) {
      if (flag.text().equals(text)) return flag;
    }
    String known = java.util.Arrays.stream(Flag.values()).map(Flag::text).collect(Collectors.joining(", "));
    throw new InvalidSettings("Unknown option \"" + text + "\": expected one of " + known);
  }

  static String help() {
    StringBuilder text = new StringBuilder("Counts the likes of each post in a topic, and subtracts those that were taken back.\n\n"
        + "mvn -q -f examples/java compile exec:java -Dexec.args=\"OPTION...\"\n\n");
    for (Flag flag : Flag.values()) {
      String variable = flag.variable == null ? "" : "$" + flag.variable + "; ";
      text.append(String.format("  %-36s %s [%sdefault: %s]%n", flag.text() + " " + flag.value, flag.meaning, variable,
          flag.byDefault.isEmpty() ? "none" : flag.byDefault));
    }
    return text.toString();
  }
}
