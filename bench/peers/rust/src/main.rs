//! Firehose to Kafka as one would write it in Rust from the crates' documentation: tokio-tungstenite, serde with
//! serde_ipld_dagcbor and serde_json, and rdkafka's threaded producer. The hashes of the records are checked.
//!
//! `firehose-peer URL BROKERS TOPIC WARM FRAMES`: reads so many frames in all (WARM and FRAMES), and prints as JSON what
//! those after the first WARM cost, until all events are acknowledged.

mod commit;
mod events;
mod records;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use rdkafka::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer};
use serde_json::json;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use commit::Error;

const CONTENT_TYPE: &str = "application/cloudevents+json; charset=UTF-8";
const FULL_QUEUE_WAIT: Duration = Duration::from_millis(5);
const FLUSH_TIMEOUT: Duration = Duration::from_secs(60);

/// Counts the records that were not delivered.
#[derive(Clone, Default)]
struct Failures(Arc<AtomicU64>);

impl ClientContext for Failures {}

impl ProducerContext for Failures {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _: ()) {
        if result.is_err() {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

type Events = ThreadedProducer<Failures>;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, brokers, topic, warm, frames] = arguments.as_slice() else {
        return Err("expected URL BROKERS TOPIC WARM FRAMES".into());
    };
    let (warm, frames): (u64, u64) = (warm.parse()?, frames.parse()?);
    let failures = Failures::default();
    let producer: Events = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("acks", "all")
        .set("partitioner", "murmur2_random")
        .create_with_context(failures.clone())?;

    let (mut socket, _) = connect_async(format!("{url}?cursor=0")).await?;
    let mut start = Usage::now();
    let mut count = 0;
    while count < warm + frames {
        let message = socket.next().await.ok_or("the connection ended")??;
        let Message::Binary(bytes) = message else { continue };
        if let Some(commit) = commit::read_commit(&bytes)? {
            for event in events::events_of(&commit, url)? {
                produce(&producer, topic, commit.repo, &event).await?;
            }
        }
        count += 1;
        if count == warm {
            start = Usage::now();
        }
    }
    // It blocks this thread of the runtime, on which nothing else is left to do.
    producer.flush(FLUSH_TIMEOUT)?;
    let end = Usage::now();
    let failed = failures.0.load(Ordering::Relaxed);
    if failed > 0 {
        return Err(format!("{failed} events were not delivered").into());
    }
    println!(
        "{}",
        json!({
            "frames": frames,
            "wallSeconds": (end.at - start.at).as_secs_f64(),
            "cpuSeconds": end.cpu_seconds - start.cpu_seconds,
            "rssBytes": resident_bytes(),
        })
    );
    Ok(())
}

/// Hands a record to the producer's queue, and waits while that is full.
async fn produce(producer: &Events, topic: &str, key: &str, event: &[u8]) -> Result<(), Error> {
    let header = Header {
        key: "content-type",
        value: Some(CONTENT_TYPE),
    };
    let mut record = BaseRecord::to(topic)
        .key(key)
        .payload(event)
        .headers(OwnedHeaders::new().insert(header));
    loop {
        match producer.send(record) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), returned)) => {
                record = returned;
                tokio::time::sleep(FULL_QUEUE_WAIT).await;
            }
            Err((error, _)) => return Err(error.into()),
        }
    }
}

/// Wall time, and the processor time of this process with all its threads.
struct Usage {
    at: Instant,
    cpu_seconds: f64,
}

impl Usage {
    fn now() -> Self {
        // SAFETY: the structure is plain integers, and the call fills it in.
        let usage = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            libc::getrusage(libc::RUSAGE_SELF, &mut usage);
            usage
        };
        let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
        Self {
            at: Instant::now(),
            cpu_seconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
        }
    }
}

/// Resident memory as Linux reports it; 0 on another system.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}
