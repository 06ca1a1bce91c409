#!/usr/bin/env python3
"""Prints in which languages posts are written, a row for each minute, from a topic that the producer fills.

Events are read by the CloudEvents SDK, which knows both content modes. Delivery is at least once, so an event may come
again: each id counts once in its minute.
"""

import argparse
import re
import signal
import sys
import time
from collections import Counter

try:
    from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event
    from confluent_kafka import OFFSET_END, Consumer, KafkaError, KafkaException, TopicPartition
except ImportError as error:
    sys.exit(f"Error: {error}\nInstall the packages: pip install -r examples/python/requirements.txt")

START_BEFORE_S = 600
# Partitions are not read at the same pace, and relays are not on time: a minute is printed when all are so far past it.
GRACE_S = 10
TIMEOUT_S = 10
COLUMNS = 6


def language(tag):
    """The language of a BCP 47 tag: en of en-US. Anyone can write any text there."""
    found = re.match(r"[a-z]{2,3}(?=-|$)", tag.lower()) if isinstance(tag, str) else None
    return found[0] if found else "other"


def read_post(message):
    """The id and the languages of a new post, or None for every other event. Edits and deletes are no new posts."""
    headers = {name: value for name, value in message.headers() or [] if value is not None}
    if message.value() is None:  # a tombstone
        return None
    event = from_kafka_event(KafkaMessage(headers=headers, key=None, value=message.value()))
    if event.get_type() != "Bluesky.Feed.Post" or event.get_extension("action") != "create":
        return None
    return event.get_id(), {language(tag) for tag in event.get_data()["langs"]} or {"none"}


class Minutes:
    """Posts by minute, as long as more of them may come."""

    def __init__(self):
        self.posts = {}
        self.printed_to = 0
        self.late = 0
        self.unreadable = 0

    def add(self, seconds, post_id, languages):
        minute = int(seconds // 60 * 60)
        if minute < self.printed_to:
            self.late += 1
        else:
            self.posts.setdefault(minute, {})[post_id] = languages

    def print_to(self, seconds):
        """Prints all minutes that end before this time."""
        for minute in sorted(self.posts):
            if minute + 60 > seconds:
                break
            posts = self.posts.pop(minute)
            self.printed_to = minute + 60
            counts = Counter(each for languages in posts.values() for each in languages)
            most = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
            cells = [f"{name} {count}" for name, count in most[:COLUMNS]]
            if most[COLUMNS:]:
                cells.append(f"+{len(most) - COLUMNS} more")
            clock = time.strftime("%Y-%m-%d %H:%M", time.gmtime(minute))
            print(f"{clock:<16}  {len(posts):>6}  " + "  ".join(f"{cell:<9}" for cell in cells).rstrip(), flush=True)


def report_outage(error):
    if error.code() == KafkaError._ALL_BROKERS_DOWN:
        print("Kafka is unreachable. Retrying.", file=sys.stderr, flush=True)


def open_consumer(options):
    """A consumer of all partitions from ten minutes ago (or the start), and their number. It joins no group."""
    consumer = Consumer({
        "bootstrap.servers": options.kafka_bootstrap_servers,
        "group.id": "languages-example",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "isolation.level": "read_committed",
        "log_level": 0,
        "error_cb": report_outage,
    })
    topic = options.kafka_topic
    try:
        metadata = consumer.list_topics(topic, timeout=TIMEOUT_S).topics[topic]
    except KafkaException as error:
        sys.exit(f"Error: Kafka is unreachable at {options.kafka_bootstrap_servers}: {error.args[0].str()}\n"
                 "Start a broker: deno task kafka")
    if metadata.error is not None:
        sys.exit(f'Error: Topic "{topic}" cannot be read: {metadata.error.str()}\n'
                 "Fill it first: see examples/python/README.md")
    from_ms = 0 if options.from_beginning else int((time.time() - START_BEFORE_S) * 1000)
    times = [TopicPartition(topic, partition, from_ms) for partition in metadata.partitions]
    starts = consumer.offsets_for_times(times, timeout=TIMEOUT_S)
    for start in starts:
        # Nothing is as new as that: what comes next is read.
        start.offset = OFFSET_END if start.offset < 0 else start.offset
    consumer.assign(starts)
    return consumer, len(starts)


def run(consumer, partitions, minutes, until_end):
    """Reads until it is interrupted, or until the end of the topic."""
    reached = {}  # the time of the latest record of each partition, in seconds
    ended = set()  # partitions without unread records
    while not (until_end and len(ended) == partitions):
        message = consumer.poll(1)
        if message is None:
            continue
        partition = message.partition()
        if message.error() is not None:
            if message.error().code() != KafkaError._PARTITION_EOF:
                raise KafkaException(message.error())
            ended.add(partition)
        else:
            seconds = min(message.timestamp()[1] / 1000, time.time())
            ended.discard(partition)
            reached[partition] = max(seconds, reached.get(partition, 0))
            try:
                post = read_post(message)
            except Exception:  # others may write anything to the topic, which the SDK refuses in several ways
                minutes.unreadable += 1
                post = None
            if post is not None:
                minutes.add(seconds, *post)
        # A partition that is read to its end holds nothing back.
        behind = [reached.get(each, 0) for each in range(partitions) if each not in ended]
        minutes.print_to(min(behind, default=max(reached.values(), default=0)) - GRACE_S)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kafka-bootstrap-servers", default="localhost:9092")
    parser.add_argument("--kafka-topic", default="bluesky")
    parser.add_argument("--from-beginning", action="store_true", help="not only the last ten minutes")
    parser.add_argument("--until-end", action="store_true", help="stop at the end of the topic")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    minutes = Minutes()
    consumer = None
    try:
        consumer, partitions = open_consumer(options)
        print(f"{'minute (UTC)':<16}  {'posts':>6}  languages, the most frequent first", flush=True)
        run(consumer, partitions, minutes, options.until_end)
    except KeyboardInterrupt:
        pass
    except KafkaException as error:
        sys.exit(f"Error: Cannot read topic \"{options.kafka_topic}\": {error.args[0].str()}")
    finally:
        if consumer is not None:
            consumer.close()
    minutes.print_to(float("inf"))
    if minutes.late > 0:
        print(f"{minutes.late} posts came after their minute was printed, or again", flush=True)
    if minutes.unreadable > 0:
        print(f"{minutes.unreadable} records are no CloudEvents of the producer", flush=True)


if __name__ == "__main__":
    main()
