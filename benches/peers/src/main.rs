//! What else would convert and validate the same documents, in one run: `cargo run --release` in this folder prints the table.
//! Each output is compared with ours before anything is timed.

#[path = "../../common/feed.rs"]
#[allow(dead_code)]
mod feed;
mod feeds;
mod jq;
#[path = "../../common/openrtb.rs"]
mod openrtb;
mod requests;
#[path = "../../common/rounds.rs"]
#[allow(dead_code)]
mod rounds;
mod table;
mod vector;

fn main() {
    println!("Medians of 31 rounds. A ratio of 2 means twice as long as cutover.\n");
    println!("{}", table::HEAD);
    requests::rows(1);
    requests::rows(100);
    feeds::rows();
}
