//! A load for a running service: `cargo run --release -p cutover-service --example load -- [URL] [PER_SECOND] [SECONDS]`.

#[path = "support/load.rs"]
mod load;

use std::time::Duration;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |default: &str| arguments.next().unwrap_or_else(|| default.to_owned());
    let url = next("http://127.0.0.1:8080/api/suggest");
    let (per_second, seconds): (u32, u64) = (next("500").parse()?, next("10").parse()?);
    println!("{per_second} a second to {url}, for {seconds} s");
    let answers = load::send(
        url,
        per_second,
        tokio::time::sleep(Duration::from_secs(seconds)),
    )
    .await;
    print!("{}", load::table(&answers));
    Ok(())
}
