//! Queries that were run, newest first, kept in the reader's browser. Where storage is blocked there is no history and nothing else is amiss.

const KEY: &str = "spanloom.queries";
const MOST: usize = 50;
/// A query longer than this is not kept.
const LONGEST: usize = 2_000;

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// What was run, newest first.
pub fn queries() -> Vec<String> {
    let text = storage().and_then(|storage| storage.get_item(KEY).ok()?);
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Puts a query first.
pub fn remember(query: &str) {
    let query = query.trim();
    let (Some(storage), false) = (storage(), query.len() > LONGEST || query == "{ }" || query == "{}") else { return };
    let mut queries = queries();
    queries.retain(|known| known != query);
    queries.insert(0, query.to_owned());
    queries.truncate(MOST);
    if let Ok(text) = serde_json::to_string(&queries) {
        // A full storage keeps the older list.
        let _ = storage.set_item(KEY, &text);
    }
}
