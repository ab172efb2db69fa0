//! What is written, what is lost, and that each is counted.

use super::*;

fn entry() -> LogEntry {
    LogEntry {
        suggestion_id: String::from("a"),
        action: "submitted",
        api_version: Version::V1,
        status: Some(201),
        errors: Vec::new(),
        principal: String::from("0123456789abcdef"),
        share_ppm: None,
        revision: None,
        reason: "direct",
        duration: Duration::ZERO,
    }
}

#[tokio::test]
async fn what_has_no_room_is_lost_and_counted() {
    let (database, _connection) = Database::open("sqlite::memory:").await.unwrap();
    // Nobody writes.
    let (log, _writer) = Log::new(&Arc::new(database), 30);
    for _ in 0..WAITING + 5 {
        log.add(entry());
    }
    assert_eq!(log.lost(), 5);
}

#[tokio::test]
async fn a_transaction_that_is_tried_again_writes_each_entry_once() {
    let (database, mut connection) = Database::open("sqlite::memory:").await.unwrap();
    let (log, mut writer) = Log::new(&Arc::new(database), 30);
    for _ in 0..IN_STATEMENT + 1 {
        log.add(entry());
    }
    let mut batch = Vec::new();
    while let Ok(entry) = writer.queue.try_recv() {
        batch.push(entry);
    }
    writer.write(&batch).await.unwrap();
    writer.write(&batch).await.unwrap();
    let count = "SELECT COUNT(*) FROM submissions WHERE at > '2020'";
    let row = sqlx::query(count).fetch_one(&mut connection).await.unwrap();
    assert_eq!(sqlx::Row::get::<i64, _>(&row, 0), IN_STATEMENT as i64 + 1);
}

/// Else one entry that the database refuses would be tried for ever, and the log would end there.
#[tokio::test]
async fn an_entry_that_is_refused_is_lost_alone() {
    let (database, mut connection) = Database::open("sqlite::memory:").await.unwrap();
    let (log, mut writer) = Log::new(&Arc::new(database), 30);
    for id in ["a", "wrong", "b"] {
        log.add(LogEntry {
            suggestion_id: id.to_owned(),
            ..entry()
        });
    }
    let mut batch = Vec::new();
    while let Ok(entry) = writer.queue.try_recv() {
        batch.push(entry);
    }
    let refuse =
        "CREATE TRIGGER refuse BEFORE INSERT ON submissions WHEN NEW.suggestion_id = 'wrong'
        BEGIN SELECT RAISE(ABORT, 'refused'); END";
    connection.execute(refuse).await.unwrap();
    assert!(writer.turn(&batch, false).await.unwrap());
    assert_eq!(log.lost(), 1);
    let left = "SELECT group_concat(suggestion_id) FROM submissions";
    let row = sqlx::query(left).fetch_one(&mut connection).await.unwrap();
    assert_eq!(sqlx::Row::get::<String, _>(&row, 0), "a,b");
    // A table that isn't there may come back: then everything is written.
    connection
        .execute("ALTER TABLE submissions RENAME TO away")
        .await
        .unwrap();
    writer.turn(&batch, false).await.unwrap_err();
    assert_eq!(log.lost(), 1);
}

/// Else a database that refuses to delete would soon have no log at all.
#[tokio::test]
async fn entries_are_written_when_old_ones_cannot_be_deleted() {
    let (database, mut connection) = Database::open("sqlite::memory:").await.unwrap();
    let (log, mut writer) = Log::new(&Arc::new(database), 30);
    log.add(entry());
    let mut old = writer.queue.try_recv().unwrap();
    old.at_unix_ms = 0;
    let refuse = "CREATE TRIGGER refuse BEFORE DELETE ON submissions
        BEGIN SELECT RAISE(ABORT, 'refused'); END";
    connection.execute(refuse).await.unwrap();
    assert!(writer.turn(&[old], false).await.unwrap());
    assert!(
        writer.prune_at > Instant::now(),
        "it is tried again at once"
    );
    log.add(entry());
    let new = writer.queue.try_recv().unwrap();
    assert!(writer.turn(&[new], false).await.unwrap());
    let count = "SELECT COUNT(*) FROM submissions";
    let row = sqlx::query(count).fetch_one(&mut connection).await.unwrap();
    assert_eq!(sqlx::Row::get::<i64, _>(&row, 0), 2);
}
