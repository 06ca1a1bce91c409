//! Records to CloudEvents in structured JSON.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ipld_core::ipld::Ipld;
use serde::Serialize;
use serde_json::{Value, json};

use crate::commit::{Blocks, Commit, Error, Op};
use crate::records::{Blob, Embed, OfAccount, OfPost, Post, Profile, StrongRef};

#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    source: &'a str,
    subject: &'a str,
    id: String,
    time: &'a str,
    datacontenttype: &'static str,
    action: &'a str,
    rev: &'a str,
    collection: &'a str,
    data: Data<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data<'a> {
    Post(Box<PostData<'a>>),
    OfPost(OfPostData<'a>),
    OfAccount(OfAccountData<'a>),
    Profile(ProfileData<'a>),
}

#[derive(Serialize)]
struct PostData<'a> {
    uri: String,
    cid: String,
    did: &'a str,
    handle: (),
    text: &'a str,
    langs: Vec<&'a str>,
    reply_parent: Option<&'a str>,
    reply_parent_cid: Option<&'a str>,
    reply_root: Option<&'a str>,
    reply_root_cid: Option<&'a str>,
    embed_type: Option<&'a str>,
    embed_uri: Option<&'a str>,
    facets: Option<String>,
    labels: Option<String>,
    tags: Vec<&'a str>,
    created_at: &'a str,
    indexed_at: &'a str,
    seq: i64,
}

#[derive(Serialize)]
struct OfPostData<'a> {
    uri: String,
    cid: String,
    did: &'a str,
    handle: (),
    subject_uri: &'a str,
    subject_cid: &'a str,
    created_at: &'a str,
    indexed_at: &'a str,
    seq: i64,
}

#[derive(Serialize)]
struct OfAccountData<'a> {
    uri: String,
    cid: String,
    did: &'a str,
    handle: (),
    subject: &'a str,
    subject_handle: (),
    created_at: &'a str,
    indexed_at: &'a str,
    seq: i64,
}

#[derive(Serialize)]
struct ProfileData<'a> {
    did: &'a str,
    handle: (),
    display_name: Option<&'a str>,
    description: Option<&'a str>,
    avatar: Option<String>,
    banner: Option<String>,
    created_at: &'a str,
    indexed_at: &'a str,
    seq: i64,
}

/// The event type of a collection.
fn type_of(collection: &str) -> Option<&'static str> {
    Some(match collection {
        "app.bsky.feed.post" => "Bluesky.Feed.Post",
        "app.bsky.feed.like" => "Bluesky.Feed.Like",
        "app.bsky.feed.repost" => "Bluesky.Feed.Repost",
        "app.bsky.graph.follow" => "Bluesky.Graph.Follow",
        "app.bsky.graph.block" => "Bluesky.Graph.Block",
        "app.bsky.actor.profile" => "Bluesky.Actor.Profile",
        _ => return None,
    })
}

/// The events of a commit. A record whose fields are not of the types of its lexicon is left out.
pub fn events_of(commit: &Commit, source: &str) -> Result<Vec<Vec<u8>>, Error> {
    let blocks = Blocks::read(commit.blocks)?;
    let mut events = Vec::new();
    for op in &commit.ops {
        let Some((collection, _)) = op.path.split_once('/') else {
            continue;
        };
        let (Some(kind), Some(cid)) = (type_of(collection), &op.cid) else {
            continue;
        };
        let block = blocks.get(cid)?;
        let Ok(data) = data_of(kind, commit, op, cid.to_string(), block) else {
            continue;
        };
        let event = CloudEvent {
            specversion: "1.0",
            kind,
            source,
            subject: commit.repo,
            id: format!("{}/{}/{}", commit.repo, commit.rev, op.path),
            time: commit.time,
            datacontenttype: "application/json",
            action: op.action,
            rev: commit.rev,
            collection,
            data,
        };
        events.push(serde_json::to_vec(&event)?);
    }
    Ok(events)
}

fn data_of<'a>(kind: &str, commit: &Commit<'a>, op: &Op<'a>, cid: String, block: &'a [u8]) -> Result<Data<'a>, Error> {
    let Commit {
        seq,
        repo: did,
        time: indexed_at,
        ..
    } = *commit;
    let uri = format!("at://{}/{}", did, op.path);
    let handle = ();
    Ok(match kind {
        "Bluesky.Feed.Post" => {
            let post: Post = serde_ipld_dagcbor::from_slice(block)?;
            let (parent, root) = match &post.reply {
                Some(reply) => (reply.parent.as_ref(), reply.root.as_ref()),
                None => (None, None),
            };
            Data::Post(Box::new(PostData {
                uri,
                cid,
                did,
                handle,
                text: post.text.unwrap_or_default(),
                langs: post.langs.unwrap_or_default(),
                reply_parent: parent.and_then(|parent| parent.uri),
                reply_parent_cid: parent.and_then(|parent| parent.cid),
                reply_root: root.and_then(|root| root.uri),
                reply_root_cid: root.and_then(|root| root.cid),
                embed_type: post.embed.as_ref().and_then(|embed| embed.kind),
                embed_uri: post.embed.as_ref().and_then(embed_uri),
                facets: post.facets.as_ref().map(|facets| to_json(facets).to_string()),
                labels: post.labels.as_ref().map(|labels| to_json(labels).to_string()),
                tags: post.tags.unwrap_or_default(),
                created_at: post.created_at.unwrap_or_default(),
                indexed_at,
                seq,
            }))
        }
        "Bluesky.Feed.Like" | "Bluesky.Feed.Repost" => {
            let record: OfPost = serde_ipld_dagcbor::from_slice(block)?;
            let subject = record.subject.unwrap_or(StrongRef { uri: None, cid: None });
            Data::OfPost(OfPostData {
                uri,
                cid,
                did,
                handle,
                subject_uri: subject.uri.unwrap_or_default(),
                subject_cid: subject.cid.unwrap_or_default(),
                created_at: record.created_at.unwrap_or_default(),
                indexed_at,
                seq,
            })
        }
        "Bluesky.Graph.Follow" | "Bluesky.Graph.Block" => {
            let record: OfAccount = serde_ipld_dagcbor::from_slice(block)?;
            Data::OfAccount(OfAccountData {
                uri,
                cid,
                did,
                handle,
                subject: record.subject.unwrap_or_default(),
                subject_handle: (),
                created_at: record.created_at.unwrap_or_default(),
                indexed_at,
                seq,
            })
        }
        _ => {
            let profile: Profile = serde_ipld_dagcbor::from_slice(block)?;
            Data::Profile(ProfileData {
                did,
                handle,
                display_name: profile.display_name,
                description: profile.description,
                avatar: profile.avatar.and_then(blob_cid),
                banner: profile.banner.and_then(blob_cid),
                created_at: profile.created_at.unwrap_or_default(),
                indexed_at,
                seq,
            })
        }
    })
}

fn embed_uri<'a>(embed: &Embed<'a>) -> Option<&'a str> {
    match embed.kind? {
        "app.bsky.embed.external" => embed.external.as_ref()?.uri,
        "app.bsky.embed.record" => embed.record.as_ref()?.uri,
        "app.bsky.embed.recordWithMedia" => embed.record.as_ref()?.record.as_ref()?.uri,
        _ => None,
    }
}

fn blob_cid(blob: Blob) -> Option<String> {
    blob.link.map(|link| link.to_string()).or(blob.cid.map(str::to_string))
}

/// JSON as the protocol has it: links as `$link`, bytes as `$bytes`.
fn to_json(value: &Ipld) -> Value {
    match value {
        Ipld::Null => Value::Null,
        Ipld::Bool(value) => json!(value),
        Ipld::Integer(value) => json!(*value as i64),
        Ipld::Float(value) => json!(value),
        Ipld::String(value) => json!(value),
        Ipld::Bytes(bytes) => json!({ "$bytes": STANDARD_NO_PAD.encode(bytes) }),
        Ipld::Link(cid) => json!({ "$link": cid.to_string() }),
        Ipld::List(values) => values.iter().map(to_json).collect(),
        Ipld::Map(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), to_json(value)))
                .collect(),
        ),
    }
}
