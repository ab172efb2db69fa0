//! Bodies that are read by more than one: what has been read comes first, what is to come is passed on, or copied too.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};

/// A body on its way through the layer, to be turned into the body type of the services, say by `axum::body::Body::new` or
/// `tonic::body::Body::new`.
///
/// It has the same bytes, trailers and error as the body that it is made from; how the bytes are cut into frames may differ.
pub struct Relay<B: Body> {
    /// Read already, and first to go out.
    read: Bytes,
    trailers: Option<HeaderMap>,
    error: Option<B::Error>,
    /// Not read yet.
    rest: Option<B>,
    tap: Option<Tap>,
}

impl<B: Body<Data = Bytes>> Relay<B> {
    /// A body that has been read to its end.
    pub(super) fn whole(read: Bytes, trailers: Option<HeaderMap>) -> Self {
        Self {
            read,
            trailers,
            error: None,
            rest: None,
            tap: None,
        }
    }

    /// A body that has been read up to here, where it broke off.
    pub(super) fn broken(read: Bytes, error: B::Error) -> Self {
        Self {
            error: Some(error),
            ..Self::whole(read, None)
        }
    }

    /// A body that goes on.
    pub(super) fn begun(read: Bytes, rest: B) -> Self {
        Self {
            rest: Some(rest),
            ..Self::whole(read, None)
        }
    }

    /// A body that is copied while it is read. When its end has been seen, `done` gets the copy; it gets
    /// `None` when there are more bytes than the limit, and is dropped when the body breaks off or isn't read to its end.
    pub(super) fn copied(
        body: B,
        limit: usize,
        done: impl FnOnce(Option<Bytes>) + Send + Sync + 'static,
    ) -> Self {
        let mut tap = Tap {
            copy: BytesMut::new(),
            limit,
            done: Some(Box::new(done)),
        };
        // An empty body is often not polled at all.
        if body.is_end_stream() {
            tap.finish();
        }
        Self {
            tap: Some(tap),
            ..Self::begun(Bytes::new(), body)
        }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Relay<B>
where
    B::Error: Unpin,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = &mut *self;
        if !this.read.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut this.read)))));
        }
        if let Some(trailers) = this.trailers.take() {
            return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
        }
        if let Some(error) = this.error.take() {
            return Poll::Ready(Some(Err(error)));
        }
        let Some(rest) = &mut this.rest else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(&mut *rest).poll_frame(cx);
        if let (Some(tap), Poll::Ready(frame)) = (&mut this.tap, &polled) {
            match frame {
                Some(Ok(frame)) => tap.copy(frame.data_ref()),
                Some(Err(_)) => tap.done = None,
                None => tap.finish(),
            }
            // A reader that knows the length doesn't poll for the end.
            if rest.is_end_stream() {
                tap.finish();
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.read.is_empty()
            && self.trailers.is_none()
            && self.error.is_none()
            && self.rest.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let rest = match (&self.rest, &self.error) {
            (Some(rest), _) => rest.size_hint(),
            (None, None) => SizeHint::with_exact(0),
            (None, Some(_)) => SizeHint::default(),
        };
        let read = self.read.len() as u64;
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(read));
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(read));
        }
        hint
    }
}

impl<B: Body> fmt::Debug for Relay<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The bytes may be anyone's secret.
        f.debug_struct("Relay")
            .field("read", &self.read.len())
            .finish_non_exhaustive()
    }
}

/// Copies what passes by.
struct Tap {
    copy: BytesMut,
    limit: usize,
    /// Taken when the copy is handed over; `None` too when there is no use for it.
    done: Option<Box<dyn FnOnce(Option<Bytes>) + Send + Sync>>,
}

impl Tap {
    fn copy(&mut self, data: Option<&Bytes>) {
        let (Some(data), true) = (data, self.done.is_some()) else {
            return;
        };
        if self.copy.len().saturating_add(data.len()) > self.limit {
            self.copy = BytesMut::new();
            if let Some(done) = self.done.take() {
                done(None);
            }
        } else {
            self.copy.extend_from_slice(data);
        }
    }

    fn finish(&mut self) {
        if let Some(done) = self.done.take() {
            done(Some(std::mem::take(&mut self.copy).freeze()));
        }
    }
}
