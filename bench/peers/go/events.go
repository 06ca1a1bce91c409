package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	comatproto "github.com/bluesky-social/indigo/api/atproto"
	"github.com/bluesky-social/indigo/api/bsky"
	"github.com/bluesky-social/indigo/atproto/repo"
	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/bluesky-social/indigo/lex/util"
)

// cloudEvent is a CloudEvent in structured JSON.
type cloudEvent struct {
	SpecVersion     string `json:"specversion"`
	Type            string `json:"type"`
	Source          string `json:"source"`
	Subject         string `json:"subject"`
	ID              string `json:"id"`
	Time            string `json:"time"`
	DataContentType string `json:"datacontenttype"`
	Action          string `json:"action"`
	Rev             string `json:"rev"`
	Collection      string `json:"collection"`
	Data            any    `json:"data"`
}

type postData struct {
	URI            string   `json:"uri"`
	CID            string   `json:"cid"`
	DID            string   `json:"did"`
	Handle         *string  `json:"handle"`
	Text           string   `json:"text"`
	Langs          []string `json:"langs"`
	ReplyParent    *string  `json:"reply_parent"`
	ReplyParentCID *string  `json:"reply_parent_cid"`
	ReplyRoot      *string  `json:"reply_root"`
	ReplyRootCID   *string  `json:"reply_root_cid"`
	EmbedType      *string  `json:"embed_type"`
	EmbedURI       *string  `json:"embed_uri"`
	Facets         *string  `json:"facets"`
	Labels         *string  `json:"labels"`
	Tags           []string `json:"tags"`
	CreatedAt      string   `json:"created_at"`
	IndexedAt      string   `json:"indexed_at"`
	Seq            int64    `json:"seq"`
}

// ofPostData is of a like or a repost.
type ofPostData struct {
	URI        string  `json:"uri"`
	CID        string  `json:"cid"`
	DID        string  `json:"did"`
	Handle     *string `json:"handle"`
	SubjectURI string  `json:"subject_uri"`
	SubjectCID string  `json:"subject_cid"`
	CreatedAt  string  `json:"created_at"`
	IndexedAt  string  `json:"indexed_at"`
	Seq        int64   `json:"seq"`
}

// ofAccountData is of a follow or a block.
type ofAccountData struct {
	URI           string  `json:"uri"`
	CID           string  `json:"cid"`
	DID           string  `json:"did"`
	Handle        *string `json:"handle"`
	Subject       string  `json:"subject"`
	SubjectHandle *string `json:"subject_handle"`
	CreatedAt     string  `json:"created_at"`
	IndexedAt     string  `json:"indexed_at"`
	Seq           int64   `json:"seq"`
}

type profileData struct {
	DID         string  `json:"did"`
	Handle      *string `json:"handle"`
	DisplayName *string `json:"display_name"`
	Description *string `json:"description"`
	Avatar      *string `json:"avatar"`
	Banner      *string `json:"banner"`
	CreatedAt   string  `json:"created_at"`
	IndexedAt   string  `json:"indexed_at"`
	Seq         int64   `json:"seq"`
}

// types has the event type of each collection.
var types = map[string]string{
	"app.bsky.feed.post":     "Bluesky.Feed.Post",
	"app.bsky.feed.like":     "Bluesky.Feed.Like",
	"app.bsky.feed.repost":   "Bluesky.Feed.Repost",
	"app.bsky.graph.follow":  "Bluesky.Graph.Follow",
	"app.bsky.graph.block":   "Bluesky.Graph.Block",
	"app.bsky.actor.profile": "Bluesky.Actor.Profile",
}

// eventsOf makes the events of a commit. A record whose fields are not of the types of its lexicon is left out.
func eventsOf(ctx context.Context, commit *comatproto.SyncSubscribeRepos_Commit, source string) ([][]byte, error) {
	_, blocks, err := repo.LoadRepoFromCAR(ctx, bytes.NewReader(commit.Blocks))
	if err != nil {
		return nil, err
	}
	var values [][]byte
	for _, op := range commit.Ops {
		nsid, rkey, err := syntax.ParseRepoPath(op.Path)
		if err != nil {
			return nil, err
		}
		kind, isWanted := types[nsid.String()]
		if !isWanted || op.Cid == nil {
			continue
		}
		block, found, err := blocks.GetRecordBytes(ctx, nsid, rkey)
		if err != nil {
			return nil, err
		}
		cid := op.Cid.String()
		if found.String() != cid {
			return nil, fmt.Errorf("the repository has another record at %s", op.Path)
		}
		data, err := dataOf(kind, commit, op.Path, cid, block)
		if err != nil {
			continue
		}
		value, err := json.Marshal(cloudEvent{
			SpecVersion:     "1.0",
			Type:            kind,
			Source:          source,
			Subject:         commit.Repo,
			ID:              commit.Repo + "/" + commit.Rev + "/" + op.Path,
			Time:            commit.Time,
			DataContentType: "application/json",
			Action:          op.Action,
			Rev:             commit.Rev,
			Collection:      nsid.String(),
			Data:            data,
		})
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return values, nil
}

func dataOf(kind string, commit *comatproto.SyncSubscribeRepos_Commit, path, cid string, block []byte) (any, error) {
	uri := "at://" + commit.Repo + "/" + path
	reader := bytes.NewReader(block)
	ofPost := func(subject *comatproto.RepoStrongRef, createdAt string) ofPostData {
		data := ofPostData{
			URI: uri, CID: cid, DID: commit.Repo, CreatedAt: createdAt, IndexedAt: commit.Time, Seq: commit.Seq,
		}
		if subject != nil {
			data.SubjectURI, data.SubjectCID = subject.Uri, subject.Cid
		}
		return data
	}
	ofAccount := func(subject, createdAt string) ofAccountData {
		return ofAccountData{
			URI: uri, CID: cid, DID: commit.Repo, Subject: subject, CreatedAt: createdAt, IndexedAt: commit.Time,
			Seq: commit.Seq,
		}
	}
	switch kind {
	case "Bluesky.Feed.Post":
		var post bsky.FeedPost
		if err := post.UnmarshalCBOR(reader); err != nil {
			return nil, err
		}
		return postOf(&post, commit, uri, cid)
	case "Bluesky.Feed.Like":
		var like bsky.FeedLike
		err := like.UnmarshalCBOR(reader)
		return ofPost(like.Subject, like.CreatedAt), err
	case "Bluesky.Feed.Repost":
		var repost bsky.FeedRepost
		err := repost.UnmarshalCBOR(reader)
		return ofPost(repost.Subject, repost.CreatedAt), err
	case "Bluesky.Graph.Follow":
		var follow bsky.GraphFollow
		err := follow.UnmarshalCBOR(reader)
		return ofAccount(follow.Subject, follow.CreatedAt), err
	case "Bluesky.Graph.Block":
		var block bsky.GraphBlock
		err := block.UnmarshalCBOR(reader)
		return ofAccount(block.Subject, block.CreatedAt), err
	default:
		var profile bsky.ActorProfile
		err := profile.UnmarshalCBOR(reader)
		data := profileData{
			DID:         commit.Repo,
			DisplayName: profile.DisplayName,
			Description: profile.Description,
			Avatar:      blobCID(profile.Avatar),
			Banner:      blobCID(profile.Banner),
			IndexedAt:   commit.Time,
			Seq:         commit.Seq,
		}
		if profile.CreatedAt != nil {
			data.CreatedAt = *profile.CreatedAt
		}
		return data, err
	}
}

func postOf(post *bsky.FeedPost, commit *comatproto.SyncSubscribeRepos_Commit, uri, cid string) (*postData, error) {
	data := &postData{
		URI: uri, CID: cid, DID: commit.Repo, Text: post.Text, Langs: post.Langs, Tags: post.Tags,
		CreatedAt: post.CreatedAt, IndexedAt: commit.Time, Seq: commit.Seq,
	}
	if data.Langs == nil {
		data.Langs = []string{}
	}
	if data.Tags == nil {
		data.Tags = []string{}
	}
	if post.Reply != nil && post.Reply.Parent != nil {
		data.ReplyParent, data.ReplyParentCID = &post.Reply.Parent.Uri, &post.Reply.Parent.Cid
	}
	if post.Reply != nil && post.Reply.Root != nil {
		data.ReplyRoot, data.ReplyRootCID = &post.Reply.Root.Uri, &post.Reply.Root.Cid
	}
	if embed := post.Embed; embed != nil {
		data.EmbedType, data.EmbedURI = embedOf(embed)
	}
	var err error
	if post.Facets != nil {
		if data.Facets, err = jsonText(post.Facets); err != nil {
			return nil, err
		}
	}
	if post.Labels != nil {
		if data.Labels, err = jsonText(post.Labels); err != nil {
			return nil, err
		}
	}
	return data, nil
}

// embedOf is the type of an embed, and what it points to.
func embedOf(embed *bsky.FeedPost_Embed) (kind, uri *string) {
	switch {
	case embed.EmbedImages != nil:
		return &embed.EmbedImages.LexiconTypeID, nil
	case embed.EmbedVideo != nil:
		return &embed.EmbedVideo.LexiconTypeID, nil
	case embed.EmbedGallery != nil:
		return &embed.EmbedGallery.LexiconTypeID, nil
	case embed.EmbedExternal != nil:
		if embed.EmbedExternal.External != nil {
			uri = &embed.EmbedExternal.External.Uri
		}
		return &embed.EmbedExternal.LexiconTypeID, uri
	case embed.EmbedRecord != nil:
		if embed.EmbedRecord.Record != nil {
			uri = &embed.EmbedRecord.Record.Uri
		}
		return &embed.EmbedRecord.LexiconTypeID, uri
	case embed.EmbedRecordWithMedia != nil:
		if inner := embed.EmbedRecordWithMedia.Record; inner != nil && inner.Record != nil {
			uri = &inner.Record.Uri
		}
		return &embed.EmbedRecordWithMedia.LexiconTypeID, uri
	}
	return nil, nil
}

func jsonText(value any) (*string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	written := string(text)
	return &written, nil
}

func blobCID(blob *util.LexBlob) *string {
	if blob == nil {
		return nil
	}
	text := blob.Ref.String()
	return &text
}
