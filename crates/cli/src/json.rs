//! The members that answers are made of, appended as bytes: no value is built to be taken apart again.

use std::io::{self, Write};

use cutover::contribution::Assumed;
use cutover::routing::Decision;

use serde::Serialize;

use crate::envelope::LineError;
use crate::split;

/// `{"id":…`, the beginning of every answer.
pub(crate) fn begin(out: &mut Vec<u8>, id: &str) -> io::Result<()> {
    out.extend_from_slice(br#"{"id":"#);
    if !split::is_plain(id.as_bytes()) {
        return Ok(serde_json::to_writer(out, id)?);
    }
    out.push(b'"');
    out.extend_from_slice(id.as_bytes());
    out.push(b'"');
    Ok(())
}

/// `,"version":…,"reason":…,"bucket":…`
pub(crate) fn decision(out: &mut Vec<u8>, decision: &Decision) -> io::Result<()> {
    out.extend_from_slice(br#","version":""#);
    out.extend_from_slice(decision.version().as_str().as_bytes());
    out.extend_from_slice(br#"","reason":""#);
    out.extend_from_slice(decision.reason().as_str().as_bytes());
    out.extend_from_slice(br#"","bucket":"#);
    Ok(serde_json::to_writer(out, &decision.bucket().get())?)
}

/// `,"error":{"code":…,"path":…,"message":…}`
pub(crate) fn error(out: &mut Vec<u8>, code: &str, path: &str, message: &str) -> io::Result<()> {
    out.extend_from_slice(br#","error":{"code":"#);
    serde_json::to_writer(&mut *out, code)?;
    out.extend_from_slice(br#","path":"#);
    serde_json::to_writer(&mut *out, path)?;
    out.extend_from_slice(br#","message":"#);
    serde_json::to_writer(&mut *out, message)?;
    out.push(b'}');
    Ok(())
}

/// `,"assumed":…`, when there is something.
pub(crate) fn assumed(out: &mut Vec<u8>, assumed: Assumed) -> io::Result<()> {
    if assumed.is_empty() {
        return Ok(());
    }
    out.extend_from_slice(br#","assumed":"#);
    Ok(serde_json::to_writer(out, &assumed.bits())?)
}

/// `,"assumed":[…]`, the pointers of a mapping's upgrade.
pub(crate) fn pointers(out: &mut Vec<u8>, assumed: &[String]) -> io::Result<()> {
    out.extend_from_slice(br#","assumed":"#);
    Ok(serde_json::to_writer(out, assumed)?)
}

/// `,"findings":[…]`
pub(crate) fn findings(out: &mut Vec<u8>, findings: &[impl Serialize]) -> io::Result<()> {
    out.extend_from_slice(br#","findings":"#);
    Ok(serde_json::to_writer(out, findings)?)
}

/// `,"differences":[…]`
pub(crate) fn differences(out: &mut Vec<u8>, differences: &[impl Serialize]) -> io::Result<()> {
    out.extend_from_slice(br#","differences":"#);
    Ok(serde_json::to_writer(out, differences)?)
}

/// `{"line":…,"id":…,"error":{…}}`, the answer to a line that could not be handled.
pub(crate) fn line_error(out: &mut Vec<u8>, line: u64, fault: &LineError) -> io::Result<()> {
    write!(out, r#"{{"line":{line},"id":"#)?;
    serde_json::to_writer(&mut *out, &fault.id)?;
    error(out, fault.code.as_str(), &fault.path, &fault.message)?;
    out.push(b'}');
    Ok(())
}
