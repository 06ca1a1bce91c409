package likes;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.QueryableStoreTypes;

/** Counts likes until Ctrl+C, and prints the first posts whenever they change. */
public final class Main {
  private static final Duration PRINT_EVERY = Duration.ofSeconds(2);
  private static final Duration CLOSE_WITHIN = Duration.ofSeconds(20);
  private static final int PATIENCE_MS = 10_000;

  private Main() {}

  public static void main(String[] args) throws InterruptedException {
    if (List.of(args).contains("--help")) {
      System.out.print(Settings.help());
      return;
    }
    try {
      Settings settings = Settings.read(args);
      Properties clients = clientProperties(settings);
      prepareTopics(settings, clients);
      run(settings, clients);
    } catch (Settings.InvalidSettings error) {
      fail(2, error.getMessage());
    } catch (KafkaException error) {
      fail(1, messageOf(error));
    }
  }

  private static Properties clientProperties(Settings settings) throws Settings.InvalidSettings {
    Properties properties = new Properties();
    if (!settings.config().isEmpty()) {
      try (Reader file = Files.newBufferedReader(Path.of(settings.config()))) {
        properties.load(file);
      } catch (IOException error) {
        throw new Settings.InvalidSettings("Cannot read --config " + settings.config() + ": " + error);
      }
    }
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, settings.brokers());
    return properties;
  }

  /** Fails where a broker or the events are missing, which Kafka Streams itself would wait for; creates the output. */
  private static void prepareTopics(Settings settings, Properties clients) throws InterruptedException {
    Properties properties = new Properties();
    properties.putAll(clients);
    properties.put("default.api.timeout.ms", PATIENCE_MS);
    properties.put("request.timeout.ms", PATIENCE_MS / 2);
    try (Admin admin = Admin.create(properties)) {
      admin.describeTopics(List.of(settings.topic())).allTopicNames().get();
      NewTopic output = new NewTopic(settings.outputTopic(), Optional.empty(), Optional.empty());
      admin.createTopics(List.of(output.configs(Map.of("cleanup.policy", "compact")))).all().get();
    } catch (ExecutionException error) {
      if (error.getCause() instanceof TopicExistsException) return;
      if (error.getCause() instanceof UnknownTopicOrPartitionException) {
        throw new KafkaException("No topic \"" + settings.topic() + "\" on " + settings.brokers()
            + ". Create it: stream --kafka-topic " + settings.topic() + " --create-topic --events records,deletes");
      }
      if (error.getCause() instanceof TimeoutException) {
        throw new KafkaException("No Kafka broker answered on " + settings.brokers() + " within " + PATIENCE_MS / 1000
            + " s. Start one: deno task kafka");
      }
      throw new KafkaException(messageOf(error.getCause()));
    }
  }

  private static void run(Settings settings, Properties clients) throws InterruptedException {
    Properties properties = new Properties();
    properties.putAll(clients);
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, settings.applicationId());
    properties.put(StreamsConfig.STATE_DIR_CONFIG, settings.stateDir());
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    // Adding and subtracting is not idempotent: what this program itself would do twice, a transaction does once.
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1000);

    AtomicBoolean warned = new AtomicBoolean();
    KafkaStreams streams = new KafkaStreams(
        LikeCounts.topology(settings.topic(), settings.outputTopic(), () -> {
          if (!warned.getAndSet(true)) {
            System.err.println("Warning: skipped a record that is no structured CloudEvent. This example reads topics"
                + " in the structured content mode, without --tombstones.");
          }
        }),
        properties);
    AtomicReference<String> failure = new AtomicReference<>();
    streams.setUncaughtExceptionHandler(error -> {
      failure.compareAndSet(null, messageOf(error));
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      boolean closed = streams.close(CLOSE_WITHIN);
      System.err.println(closed ? "Stopped. The next run resumes here." : "Stopped before all of it was closed.");
    }));
    streams.start();
    System.err.println("Counting the likes in " + settings.topic() + " into " + settings.outputTopic()
        + " until Ctrl+C");

    String printed = "";
    while (failure.get() == null) {
      String text = topOf(streams, settings.top());
      if (!text.isEmpty() && !text.equals(printed)) System.out.println(TopList.stamped(text));
      printed = text.isEmpty() ? printed : text;
      Thread.sleep(PRINT_EVERY.toMillis());
    }
    fail(1, failure.get());
  }

  /** The list, empty while there is no state to read. */
  private static String topOf(KafkaStreams streams, int top) {
    try {
      return TopList.text(streams.store(
          StoreQueryParameters.fromNameAndType(LikeCounts.POSTS, QueryableStoreTypes.<String, Tally>keyValueStore())),
          top);
    } catch (InvalidStateStoreException error) {
      return "";
    }
  }

  /** What went wrong, with the innermost cause, which is what Kafka says. */
  private static String messageOf(Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null) cause = cause.getCause();
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  private static void fail(int status, String message) {
    System.err.println("Error: " + message);
    System.exit(status);
  }
}
