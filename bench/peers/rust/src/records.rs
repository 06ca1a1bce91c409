//! The records of the six collections, as far as their events need them.

use ipld_core::cid::Cid;
use ipld_core::ipld::Ipld;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Post<'a> {
    pub text: Option<&'a str>,
    #[serde(borrow)]
    pub langs: Option<Vec<&'a str>>,
    #[serde(borrow)]
    pub reply: Option<Reply<'a>>,
    #[serde(borrow)]
    pub embed: Option<Embed<'a>>,
    pub facets: Option<Ipld>,
    pub labels: Option<Ipld>,
    #[serde(borrow)]
    pub tags: Option<Vec<&'a str>>,
    pub created_at: Option<&'a str>,
}

#[derive(Deserialize)]
pub struct Reply<'a> {
    #[serde(borrow)]
    pub parent: Option<StrongRef<'a>>,
    #[serde(borrow)]
    pub root: Option<StrongRef<'a>>,
}

#[derive(Deserialize)]
pub struct StrongRef<'a> {
    pub uri: Option<&'a str>,
    pub cid: Option<&'a str>,
}

#[derive(Deserialize)]
pub struct Embed<'a> {
    #[serde(rename = "$type")]
    pub kind: Option<&'a str>,
    #[serde(borrow)]
    pub external: Option<External<'a>>,
    #[serde(borrow)]
    pub record: Option<EmbeddedRecord<'a>>,
}

#[derive(Deserialize)]
pub struct External<'a> {
    pub uri: Option<&'a str>,
}

/// Of an embed with media the record is one level deeper.
#[derive(Deserialize)]
pub struct EmbeddedRecord<'a> {
    pub uri: Option<&'a str>,
    #[serde(borrow)]
    pub record: Option<StrongRef<'a>>,
}

/// A like or a repost.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfPost<'a> {
    #[serde(borrow)]
    pub subject: Option<StrongRef<'a>>,
    pub created_at: Option<&'a str>,
}

/// A follow or a block.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfAccount<'a> {
    pub subject: Option<&'a str>,
    pub created_at: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile<'a> {
    pub display_name: Option<&'a str>,
    pub description: Option<&'a str>,
    #[serde(borrow)]
    pub avatar: Option<Blob<'a>>,
    #[serde(borrow)]
    pub banner: Option<Blob<'a>>,
    pub created_at: Option<&'a str>,
}

#[derive(Deserialize)]
pub struct Blob<'a> {
    #[serde(rename = "ref")]
    pub link: Option<Cid>,
    /// The legacy form.
    pub cid: Option<&'a str>,
}
