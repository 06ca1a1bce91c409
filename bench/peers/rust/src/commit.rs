//! The messages of a firehose: a header and a body in DAG-CBOR, and in the body of a commit a CAR archive of blocks.

use std::collections::HashMap;
use std::io::Cursor;

use ipld_core::cid::Cid;
use serde::Deserialize;
use serde_ipld_dagcbor::de::Deserializer;
use sha2::{Digest, Sha256};

pub type Error = Box<dyn std::error::Error + Send + Sync>;

#[derive(Deserialize)]
struct Header<'a> {
    t: Option<&'a str>,
}

#[derive(Deserialize)]
pub struct Commit<'a> {
    pub seq: i64,
    pub repo: &'a str,
    pub rev: &'a str,
    pub time: &'a str,
    #[serde(borrow)]
    pub ops: Vec<Op<'a>>,
    #[serde(with = "serde_bytes")]
    pub blocks: &'a [u8],
}

#[derive(Deserialize)]
pub struct Op<'a> {
    pub action: &'a str,
    pub path: &'a str,
    pub cid: Option<Cid>,
}

/// The commit of a message; none where the message is of another type.
pub fn read_commit(message: &[u8]) -> Result<Option<Commit<'_>>, Error> {
    let mut reader = Deserializer::from_slice(message);
    let header = Header::deserialize(&mut reader)?;
    if header.t != Some("#commit") {
        return Ok(None);
    }
    Ok(Some(Commit::deserialize(&mut reader)?))
}

/// The blocks of a CAR archive, by their CIDs.
pub struct Blocks<'a>(HashMap<Cid, &'a [u8]>);

impl<'a> Blocks<'a> {
    pub fn read(archive: &'a [u8]) -> Result<Self, Error> {
        let mut rest = archive;
        // The header, which only names the roots.
        section(&mut rest)?;
        let mut blocks = HashMap::new();
        while !rest.is_empty() {
            let bytes = section(&mut rest)?;
            let mut cursor = Cursor::new(bytes);
            let cid = Cid::read_bytes(&mut cursor)?;
            blocks.insert(cid, &bytes[cursor.position() as usize..]);
        }
        Ok(Self(blocks))
    }

    /// The block of a CID, whose hash it has.
    pub fn get(&self, cid: &Cid) -> Result<&'a [u8], Error> {
        let block = *self.0.get(cid).ok_or_else(|| format!("block {cid} is missing"))?;
        if Sha256::digest(block).as_slice() != cid.hash().digest() {
            return Err(format!("block {cid} has another hash").into());
        }
        Ok(block)
    }
}

/// Takes a length and so many bytes.
fn section<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], Error> {
    let mut length = 0usize;
    for (place, &byte) in rest.iter().enumerate().take(5) {
        length |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            let (taken, left) = rest[place + 1..]
                .split_at_checked(length)
                .ok_or("the archive is cut off")?;
            *rest = left;
            return Ok(taken);
        }
    }
    Err("the archive has no length where one is expected".into())
}
