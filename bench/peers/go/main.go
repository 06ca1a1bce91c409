// Firehose to Kafka as one would write it in Go from the packages' documentation: indigo's event stream, repositories
// and record types, and franz-go. indigo's reader of CAR archives checks the hash of each block.
//
// firehose-peer URL BROKERS TOPIC WARM FRAMES: reads so many frames in all (WARM and FRAMES), and prints as JSON what
// those after the first WARM cost, until all events are acknowledged.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	comatproto "github.com/bluesky-social/indigo/api/atproto"
	"github.com/bluesky-social/indigo/events"
	"github.com/bluesky-social/indigo/events/schedulers/sequential"
	"github.com/gorilla/websocket"
	"github.com/twmb/franz-go/pkg/kgo"
)

var contentType = []kgo.RecordHeader{{
	Key:   "content-type",
	Value: []byte("application/cloudevents+json; charset=UTF-8"),
}}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// figures is what the bench reads.
type figures struct {
	Frames      int64   `json:"frames"`
	WallSeconds float64 `json:"wallSeconds"`
	CPUSeconds  float64 `json:"cpuSeconds"`
	RSSBytes    int64   `json:"rssBytes"`
}

func run(arguments []string) error {
	if len(arguments) != 5 {
		return errors.New("expected URL BROKERS TOPIC WARM FRAMES")
	}
	url, brokers, topic := arguments[0], arguments[1], arguments[2]
	warm, err := strconv.ParseInt(arguments[3], 10, 64)
	if err != nil {
		return err
	}
	frames, err := strconv.ParseInt(arguments[4], 10, 64)
	if err != nil {
		return err
	}

	// What it does not name is as franz-go has it: acknowledged by all replicas, idempotent.
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(brokers, ",")...),
		kgo.DefaultProduceTopic(topic),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
	)
	if err != nil {
		return err
	}
	defer client.Close()

	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	connection, _, err := websocket.DefaultDialer.DialContext(ctx, url+"?cursor=0", nil)
	if err != nil {
		return err
	}

	var failed atomic.Int64
	delivered := func(_ *kgo.Record, err error) {
		if err != nil {
			failed.Add(1)
		}
	}
	callbacks := &events.RepoStreamCallbacks{
		RepoCommit: func(commit *comatproto.SyncSubscribeRepos_Commit) error {
			values, err := eventsOf(ctx, commit, url)
			for _, value := range values {
				record := &kgo.Record{Key: []byte(commit.Repo), Value: value, Headers: contentType}
				client.Produce(context.Background(), record, delivered)
			}
			return err
		},
	}
	// The stream has no callback for message types that it does not know, so the sequence numbers say how many came.
	var start usage
	first, last := int64(-1), int64(-1)
	scheduler := sequential.NewScheduler("firehose-peer", func(ctx context.Context, event *events.XRPCStreamEvent) error {
		seq, hasSeq := event.GetSequence()
		if !hasSeq {
			return nil
		}
		if first < 0 {
			first = seq
			last = first + warm + frames - 1
		}
		if seq <= last {
			if err := callbacks.EventHandler(ctx, event); err != nil {
				return err
			}
		}
		if seq >= first+warm-1 && start.at.IsZero() {
			start = now()
		}
		if seq >= last {
			stop()
		}
		return nil
	})
	if err := events.HandleRepoStream(ctx, connection, scheduler, nil); err != nil && ctx.Err() == nil {
		return err
	}
	if err := client.Flush(context.Background()); err != nil {
		return err
	}
	end := now()
	if failed.Load() > 0 {
		return fmt.Errorf("%d events were not delivered", failed.Load())
	}
	return json.NewEncoder(os.Stdout).Encode(figures{
		Frames:      frames,
		WallSeconds: end.at.Sub(start.at).Seconds(),
		CPUSeconds:  end.cpuSeconds - start.cpuSeconds,
		RSSBytes:    residentBytes(),
	})
}

// usage is wall time, and the processor time of this process with all its threads.
type usage struct {
	at         time.Time
	cpuSeconds float64
}

func now() usage {
	var spent syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &spent); err != nil {
		panic(err)
	}
	seconds := func(value syscall.Timeval) float64 { return float64(value.Sec) + float64(value.Usec)/1e6 }
	return usage{at: time.Now(), cpuSeconds: seconds(spent.Utime) + seconds(spent.Stime)}
}

// residentBytes is resident memory as Linux reports it; 0 on another system.
func residentBytes() int64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if text, found := strings.CutPrefix(line, "VmRSS:"); found {
			kilobytes, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(text), " kB"), 10, 64)
			return kilobytes * 1024
		}
	}
	return 0
}
