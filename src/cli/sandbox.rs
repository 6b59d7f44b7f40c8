//! `etl sandbox`: what can be typed.

use std::path::PathBuf;

/// Serve a stand-in of the SpaceX API on 127.0.0.1.
#[derive(Debug, Clone, clap::Args)]
#[command(after_long_help = CONTROL)]
pub(crate) struct SandboxArgs {
    /// How many launches to invent
    #[arg(long, value_name = "N", env = "ETL_SANDBOX_LAUNCHES", default_value_t = 205, value_parser = clap::value_parser!(u32).range(..=5_000_000))]
    pub(crate) launches: u32,
    /// The same seed invents the same launches
    #[arg(long, value_name = "S", env = "ETL_SANDBOX_SEED", default_value_t = 1)]
    pub(crate) seed: u64,
    /// The port to listen on; 0 takes a free one
    #[arg(long, value_name = "P", env = "ETL_SANDBOX_PORT", default_value_t = 0)]
    pub(crate) port: u16,
    /// Keep answers for a while, as the real server does (launches 20 s, payloads and pads 5 min, rockets a day)
    #[arg(long, env = "ETL_SANDBOX_CACHE", value_parser = clap::builder::BoolishValueParser::new())]
    pub(crate) cache: bool,
    /// Serve launches.json, payloads.json, launchpads.json and rockets.json of a directory instead of inventing
    #[arg(long, value_name = "DIR", env = "ETL_SANDBOX_DATA", conflicts_with = "launches")]
    pub(crate) data: Option<PathBuf>,
}

const CONTROL: &str = r#"The address of the API, ending in /v4, is the first line on standard output. For example:

  etl sandbox --port 8080 &
  SPACEX_API_URL=http://127.0.0.1:8080/v4 etl run

What the sandbox can be told stands beside /v4 and takes and gives JSON. A body is shown behind the
path. Time stands still until it is told to move.

  POST   /sandbox/clock {"advance": "36h"}    launches whose time has come fly, dates slip
  GET    /sandbox/clock                       what time it is there
  POST   /sandbox/launches {}                 invents an upcoming launch; {"flown": true} one that
                                              flew; {"document": {"name": "A"}} sets its fields
  PATCH  /sandbox/launches/ID {"name": 5}     sets any field to any value;
                                              {"$unset": ["name"]} takes it away;
                                              {"raw": "TEXT"} serves this text for the document,
                                              to the letter, and {"raw": null} ends that
  DELETE /sandbox/launches/ID                 what refers to it dangles
  POST   /sandbox/launches/ID/restore {}      back again; {"new_id": true} under another id
  GET    /sandbox/launches                    every document as it stands
  GET    /sandbox/log                         every request: number, method, path, body, status
  POST   /sandbox/schedule                    a change just before the 2nd request from now:
         {"at_request": 2, "method": "DELETE", "path": "/sandbox/launches/ID", "body": {}}
  POST   /sandbox/faults [...]                faults, met in this order
  DELETE /sandbox/faults                      no more faults, nothing more scheduled

GET, PATCH, DELETE and restore know payloads, launchpads and rockets too. Each fault may also say
"path" (only requests to it), "times" (1; a number or "always"), "skip" (so many pass first):

  {"fault": "status", "status": 429, "headers": {"Retry-After": "2"}, "body": "slow down"}
  {"fault": "latency", "ms": 1500}
  {"fault": "drip", "bytes_per_second": 100}
  {"fault": "stall"}           {"fault": "oversize"}
  {"fault": "reset"}           {"fault": "reset_mid_body"}
  {"fault": "truncate", "bytes": 100, "length": "keep"}   or "none", "actual": Content-Length
  {"fault": "garbage", "body": "<html>", "content_type": "text/html"}
  {"fault": "redirect", "location": "http://127.0.0.1:1/", "status": 302}
  {"fault": "edit_answer", "merge": {"totalDocs": -1}}    a JSON merge patch onto the answer; or
      "reverse_docs": true, "duplicate_last_doc": true, "drop_docs": 2, "ignore_filter": true,
      "unset": "name" (from every document)"#;
