//! `etl report`: the same page from both databases, with a mark for each number, and nothing in it that acts.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::support::{Database, Etl, Sandbox, browser, folder};

const HOSTILE: &str = "<img src=x onerror=\"alert('x')\"></script></title>\u{1b}[31m\u{202e}&amp;";

fn report(database: &Database) -> String {
    Etl::new().args("report").database(database).run().succeeds().stdout
}

/// Three runs that changed something, and a document that broke a rule.
fn with_history(database: &Database) -> Sandbox {
    let sandbox = Sandbox::seeded(60, 11);
    sandbox.run(database, "");
    let flown = sandbox.flown();
    sandbox.edit(&flown[0], &json!({ "name": HOSTILE, "success": null }));
    sandbox.edit(&flown[1], &json!({ "success": false }));
    sandbox.delete(&flown[2]);
    sandbox.run(database, "--reconcile");
    sandbox.restore(&flown[2], false);
    sandbox.edit(&flown[4], &json!({ "flight_number": HOSTILE }));
    sandbox.run(database, "--reconcile");
    sandbox
}

/// The rows that `etl query` gives, without their heading.
fn rows(database: &Database, mart: &str) -> Vec<Vec<String>> {
    let words = format!("query {mart} --format csv");
    let csv = Etl::new().args(&words).database(database).run().succeeds().stdout;
    let cells = |line: &str| line.split(',').map(str::to_owned).collect();
    csv.lines().skip(1).map(cells).collect()
}

/// The marks of a chart.
fn marks(page: &str, chart: &str) -> usize {
    let (_, after) = page.split_once(&format!("<svg id=\"{chart}\"")).expect("the chart is there");
    let whole = after.split_once("</figure>").expect("a figure around it").0;
    whole.matches("class=\"mark").count()
}

fn charts(page: &str) -> Vec<(&str, usize)> {
    let charts = page.split("<svg id=\"").skip(1);
    let names = charts.filter_map(|chart| chart.split('"').next());
    names.map(|name| (name, marks(page, name))).collect()
}

/// Without the instants of today and the ids of the runs.
fn masked(database: &Database, page: &str) -> String {
    let mut page = page.to_owned();
    for (number, run) in
        database.rows("SELECT pipeline_run_id FROM pipeline_runs ORDER BY id").iter().enumerate()
    {
        page = page.replace(run, &format!("[run {number}]"));
    }
    let now = SystemTime::now();
    for day in [now - Duration::from_hours(24), now] {
        let day = DateTime::<Utc>::from(day).format("%Y-%m-%d").to_string();
        let mut parts = page.split(&day);
        let first = parts.next().unwrap_or_default().to_owned();
        let of_an_instant =
            |c: char| c.is_ascii_digit() || matches!(c, 'T' | ' ' | ':' | '.' | 'Z');
        page =
            parts.fold(first, |page, part| page + "[now]" + part.trim_start_matches(of_an_instant));
    }
    page
}

#[test]
fn both_databases_give_the_same_page() {
    let Some(postgres) = Database::postgres() else { return };
    let pages = [Database::sqlite(), postgres].map(|database| {
        let _sandbox = with_history(&database);
        masked(&database, &report(&database))
    });
    let differing = pages[0].lines().zip(pages[1].lines()).find(|(one, other)| one != other);
    assert!(pages[0] == pages[1], "{differing:?}");
    assert!(pages[0].contains("[run 2]") && pages[0].contains("[now]"));
}

on_both! {
    fn every_chart_has_a_mark_for_each_number(database: Database) {
        let _sandbox = with_history(&database);
        let page = report(&database);
        let of_periods = |mart: &str, first: usize| -> usize {
            let parts = |row: &Vec<String>| row[first..first + 4].iter().filter(|n| *n != "0").count();
            rows(&database, mart).iter().map(parts).sum()
        };
        let with = |mart: &str, column: usize| {
            rows(&database, mart).iter().filter(|row| !row[column].is_empty()).count()
        };
        // Of the year's columns upcoming, successes, failures, unknown; of the month's the same.
        let expected = [
            ("chart-years", of_periods("launches_by_year", 3)),
            ("chart-months", of_periods("launches_by_month", 4)),
            ("chart-rates", with("success_rate_over_time", 0)),
            ("chart-pads", with("launch_sites", 9)),
            ("chart-milestones", with("launch_milestones", 0)),
            ("chart-growth", with("pipeline_growth", 9)),
        ];
        assert_eq!(charts(&page), expected);
        assert!(expected.iter().all(|(_, marks)| *marks > 2), "{expected:?}");
    }

    fn the_numbers_are_those_of_the_queries(database: Database) {
        let _sandbox = with_history(&database);
        let page = report(&database);
        for year in rows(&database, "launches_by_year") {
            let numbers = year[1..11].iter().map(|number| {
                format!("<td class=\"number\">{}</td>", if number.is_empty() { "–" } else { number })
            });
            let row = format!("<th scope=\"row\">{}</th>{}</tr>", year[0], numbers.collect::<String>());
            assert!(page.contains(&row), "{row}");
        }
        let figures = Etl::new().args("snapshot").database(&database).run().succeeds().stdout;
        for (name, unit) in [("success_rate", " %"), ("completed_success_rate", " %"), ("average_payload_mass_kg", " kg"), ("average_delay_hours", " h")] {
            let line = figures.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap();
            assert!(page.contains(&format!("<dd>{line}{unit}</dd>")), "{name} {line}");
        }
    }

    fn what_was_read_stays_text(database: Database) {
        let _sandbox = with_history(&database);
        let name = HOSTILE.replace('\'', "''");
        database.execute(&format!("UPDATE launchpads SET name = '{name}'")).unwrap();
        let page = report(&database);
        let text = "&lt;img src=x onerror=&quot;alert(&#39;x&#39;)&quot;&gt;&lt;/script&gt;";
        // The launch among the changes and beside its point, every pad, and the document in quarantine.
        assert!(page.matches(text).count() > 4, "{}", page.matches(text).count());
        assert!(!page.contains("<img") && !page.contains("<script") && !page.contains("</script"));
        assert!(page.contains("\\x1b[31m\\u{202e}&amp;amp;"));
        assert!(page.chars().all(|c| c == '\n' || !c.is_control()), "a control character");
        assert!(!page.contains('\u{202e}'));
    }

    fn a_page_says_so_where_there_is_little(database: Database) {
        Etl::new().args("migrate").database(&database).run().succeeds();
        let page = report(&database);
        assert!(page.contains("No launch is in the database yet") && page.contains("<dd>never</dd>"));
        assert_eq!(charts(&page), []);

        let sandbox = Sandbox::seeded(30, 5);
        for id in sandbox.flown() {
            sandbox.delete(&id);
        }
        let upcoming = sandbox.upcoming();
        sandbox.run(&database, "");
        let page = report(&database);
        assert!(page.contains(&format!("{0} launches, {0} upcoming.", upcoming.len())));
        assert!(page.contains("No launch has flown yet."));
        let names: Vec<_> = charts(&page).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["chart-years", "chart-months", "chart-pads", "chart-growth"]);

        let another = database.another();
        let sandbox = Sandbox::seeded(30, 5);
        let one = sandbox.latest();
        for id in sandbox.ids().iter().filter(|id| **id != one) {
            sandbox.delete(id);
        }
        sandbox.run(&another, "");
        let page = report(&another);
        assert!(page.contains("1 launch, 0 upcoming."));
        let counts = charts(&page);
        assert!(counts.len() == 6 && counts.iter().all(|(_, marks)| *marks < 3), "{counts:?}");
    }

    fn many_launches_make_no_more_marks_than_can_be_seen(database: Database) {
        let sandbox = Sandbox::seeded(3_000, 2);
        sandbox.run(&database, "");
        let page = report(&database);
        assert!(page.len() < 1 << 20, "{} bytes", page.len());
        assert!((200..=401).contains(&marks(&page, "chart-rates")), "{}", marks(&page, "chart-rates"));
        assert!(page.contains("One point for every 8 of "), "the page does not say what it left out");
        assert!(page.contains("Launches left out: 2988. <code>etl changes --run initial_"));
        assert!((20..=40).contains(&marks(&page, "chart-milestones")));
    }

    fn a_file_is_its_owners_alone_and_whole(database: Database) {
        let _sandbox = with_history(&database);
        let folder = folder();
        let file = folder.path().join("report.html");
        let ended = Etl::new().args("report --out").arg(&file).database(&database).run().succeeds();
        assert_eq!(ended.stdout, "");
        ended.says("wrote the report to");
        let written = fs::read_to_string(&file).unwrap();
        assert_eq!(masked(&database, &written), masked(&database, &report(&database)));
        assert!(written.ends_with("</html>\n"));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    fn a_kill_leaves_the_old_report_or_the_new_one(database: Database) {
        let _sandbox = with_history(&database);
        let folder = folder();
        let file = folder.path().join("report.html");
        let mut old = 0;
        for delay in 0..8 {
            fs::write(&file, "old").unwrap();
            let running = Etl::new().args("report --out").arg(&file).database(&database).spawn();
            std::thread::sleep(Duration::from_millis(delay * 15));
            running.kill_if_running();
            let left = fs::read_to_string(&file).unwrap();
            assert!(left == "old" || left.ends_with("</html>\n"), "half a report after {delay}");
            old += usize::from(left == "old");
        }
        assert!(old > 0, "no kill came in time");
    }

    fn a_load_under_way_has_no_report(database: Database) {
        Etl::new().args("migrate").database(&database).run().succeeds();
        let state = "INSERT INTO ingestion_state (source, source_kind, fingerprint_version) VALUES ('launches', 'api', 1)";
        database.execute(state).unwrap();
        let folder = folder();
        let file = folder.path().join("report.html");
        let refused = Etl::new().args("report --out").arg(&file).database(&database).run();
        refused.exits(2).says("initial load is not complete").says("etl run");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    fn a_browser_shows_it_and_asks_nobody(database: Database) {
        let _sandbox = with_history(&database);
        let folder = folder();
        let file = folder.path().join("report.html");
        let page = report(&database);
        fs::write(&file, &page).unwrap();
        let Some(visit) = browser::visit(&file) else { return };
        assert_eq!(visit.console, Vec::<String>::new());
        assert_eq!(visit.asked, Vec::<String>::new());
        assert_eq!(charts(&visit.document), charts(&page));
        assert!(!visit.document.contains("<img") && !visit.document.contains("<script"));
        for tag in ["<section ", "<h2 ", "<table>", "<caption>", "<svg ", "<details>", "<dd>", "<tr>"] {
            let count = |page: &str| page.matches(tag).count();
            assert_eq!(count(&visit.document), count(&page), "{tag}");
        }
    }
}

#[test]
fn the_browser_tells_of_a_page_that_is_not_as_it_should_be() {
    let folder = folder();
    let page = folder.path().join("page.html");
    let image = "<!DOCTYPE html><img src=\"http://127.0.0.1:9/x.png\"><p class=\"mark\">";
    fs::write(&page, image).unwrap();
    let Some(visit) = browser::visit(&page) else { return };
    assert_eq!(visit.asked, ["\"http://127.0.0.1:9/x.png\""]);
    let policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'\"><style>p{}</style>";
    fs::write(&page, format!("{policy}{image}")).unwrap();
    let visit = browser::visit(&page).expect("it was there before");
    assert_eq!(visit.asked, Vec::<String>::new());
    assert_eq!(visit.console.len(), 2, "{:?}", visit.console);
}
