//! `etl sandbox` as a process of its own: what it prints, what it serves, how it ends.

use crate::support::Etl;

#[test]
fn the_first_line_is_the_address_of_the_api() {
    let mut sandbox = Etl::new().args("sandbox --launches 3 --port 0").spawn();
    let url = sandbox.first_line();
    assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/v4"), "{url}");
    let mut answer = ureq::get(format!("{url}/launches")).call().unwrap();
    assert!(answer.headers().contains_key("x-etl-sandbox"));
    let launches: Vec<serde_json::Value> =
        serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
    assert_eq!(launches.len(), 3);
    assert_eq!(sandbox.kill().signal, Some(9));
    assert!(ureq::get(format!("{url}/launches")).call().is_err(), "it still answers");
}

#[test]
fn a_signal_ends_it_with_the_code_of_an_interruption() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut sandbox = Etl::new().args("sandbox --launches 3 --port 0").spawn();
        sandbox.first_line();
        sandbox.signal(signal);
        sandbox.wait().exits(code);
    }
}
