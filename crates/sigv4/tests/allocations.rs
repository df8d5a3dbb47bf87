//! Signing allocates as often for many headers as for few. Allocations are counted by the allocator.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use sigv4::{Credentials, Payload, Signer};

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is handed to the system's allocator as it came.
#[allow(unsafe_code, reason = "an allocator cannot be written without")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often signing a request with so many headers of its own allocates, the day's key being there.
fn allocations(signer: &Signer, headers: usize) -> usize {
    let uri = Uri::from_static("https://bucket.s3.amazonaws.com/a/key?list-type=2&prefix=a");
    let mut map = HeaderMap::with_capacity(2 * headers + 8);
    for number in 0..headers {
        let name = HeaderName::try_from(format!("x-amz-meta-number-{number}")).unwrap();
        map.insert(name, HeaderValue::from_static("some  value of  a header"));
    }
    let before = COUNT.get();
    signer.sign(&Method::PUT, &uri, &mut map, Payload::Unsigned, 1_369_353_600).unwrap();
    COUNT.get() - before
}

#[test]
fn signing_allocates_as_often_for_many_headers_as_for_few() {
    let signer =
        Signer::s3(Credentials::new("AKIDEXAMPLE", "a-secret", Some("a-token".to_owned())), "us-east-1");
    allocations(&signer, 1);
    let few = allocations(&signer, 1);
    for headers in [10, 100] {
        assert_eq!(allocations(&signer, headers), few, "{headers} headers");
    }
    assert!(few < 20, "{few} allocations");
}
