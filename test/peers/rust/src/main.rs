//! Locks and elections of etcd-client under the control of a test: one JSON object a line, as in README.md.

use etcd_client::{Client, Error, LeaderKey, LockOptions, ProclaimOptions, ResignOptions};
use serde_json::{json, Value};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::io::{stdin, AsyncBufReadExt, BufReader};
use tokio::task::AbortHandle;

/// What a proclamation and a resignation want back, by its key.
type Leaders = Arc<Mutex<HashMap<String, LeaderKey>>>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let endpoints: Vec<String> = std::env::args().skip(1).collect();
    let client = Client::connect(endpoints, None).await?;
    let leaders = Leaders::default();
    let mut calls: HashMap<u64, AbortHandle> = HashMap::new();
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let request: Value = serde_json::from_str(&line)?;
        let id = request["id"].as_u64().unwrap_or_default();
        let op = text(&request, "op");
        let args = request["args"].clone();
        if op == "cancel" {
            let cancelled = args["id"].as_u64().unwrap_or_default();
            if let Some(call) = calls.remove(&cancelled) {
                call.abort();
                println!("{}", json!({ "id": cancelled, "error": "cancelled" }));
            }
            println!("{}", json!({ "id": id, "result": {} }));
            continue;
        }
        let (client, leaders) = (client.clone(), leaders.clone());
        let call = tokio::spawn(async move {
            let answer = match perform(client, leaders, &op, &args).await {
                Ok(result) => json!({ "id": id, "result": result }),
                Err(error) => json!({ "id": id, "error": error.to_string() }),
            };
            println!("{answer}");
        });
        calls.insert(id, call.abort_handle());
    }
    Ok(())
}

async fn perform(
    mut client: Client,
    leaders: Leaders,
    op: &str,
    args: &Value,
) -> Result<Value, Error> {
    match op {
        "lease.grant" => {
            let ttl = args["ttl"].as_i64().unwrap_or_default();
            let granted = client.lease_grant(ttl, None).await?;
            Ok(json!({ "lease": granted.id().to_string() }))
        }
        "lease.revoke" => {
            client.lease_revoke(lease(args)).await?;
            Ok(json!({}))
        }
        "lock" => {
            let options = LockOptions::new().with_lease(lease(args));
            let locked = client.lock(text(args, "name"), Some(options)).await?;
            Ok(json!({ "key": String::from_utf8_lossy(locked.key()) }))
        }
        "unlock" => {
            client.unlock(text(args, "key")).await?;
            Ok(json!({}))
        }
        "campaign" => {
            let value = text(args, "value");
            let mut won = client
                .campaign(text(args, "name"), value, lease(args))
                .await?;
            let leader = won.take_leader().ok_or_else(|| missing("leader"))?;
            let key = String::from_utf8_lossy(leader.key()).into_owned();
            leaders.lock().unwrap().insert(key.clone(), leader);
            Ok(json!({ "key": key }))
        }
        "proclaim" => {
            let options = ProclaimOptions::new().with_leader(leader(&leaders, args)?);
            client.proclaim(text(args, "value"), Some(options)).await?;
            Ok(json!({}))
        }
        "resign" => {
            let options = ResignOptions::new().with_leader(leader(&leaders, args)?);
            client.resign(Some(options)).await?;
            Ok(json!({}))
        }
        "leader" => {
            let mut found = client.leader(text(args, "name")).await?;
            let kv = found.take_kv().ok_or_else(|| missing("leader"))?;
            Ok(json!({
                "key": String::from_utf8_lossy(kv.key()),
                "value": String::from_utf8_lossy(kv.value()),
            }))
        }
        _ => Err(Error::InvalidArgs(format!("no operation {op}"))),
    }
}

fn leader(leaders: &Leaders, args: &Value) -> Result<LeaderKey, Error> {
    let leaders = leaders.lock().unwrap();
    let leader = leaders.get(&text(args, "key")).cloned();
    leader.ok_or_else(|| missing("leader"))
}

fn missing(what: &str) -> Error {
    Error::InvalidArgs(format!("there is no {what}"))
}

fn lease(args: &Value) -> i64 {
    text(args, "lease").parse().unwrap_or_default()
}

fn text(object: &Value, name: &str) -> String {
    object[name].as_str().unwrap_or_default().to_owned()
}
