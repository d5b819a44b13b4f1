//! Proves that the page loads nothing, runs nothing, and shows a store's text as text.

use super::*;
use liasse::Verdict;
use std::fs;
use std::path::Path;
use std::process::Command;

fn report() -> AuditReport {
    let mut report = AuditReport::default();
    report.store = "<script>alert(1)</script>".to_owned();
    report
        .again("J6", "entry \"3\" & more", "<b>altered</b>")
        .unwrap();
    report.cover_again("bytes of bodies", 3, 4);
    let mut accesses = Accesses::default();
    accesses.opened = 100;
    for day in 1..90_u64 {
        let name = format!("2026-{:02}-{:02}", 1 + day / 31, 1 + day % 31);
        accesses.days.insert(name, day);
    }
    accesses.professions.insert(String::new(), 7);
    report.accesses = Some(accesses);
    report
}

#[test]
fn the_page_loads_nothing_and_shows_text_as_text() {
    let report = report();
    let page = page(&report);
    assert!(report.verdict() == Verdict::Findings && page.contains("NOT CLEAN"));
    for active in [
        "<script",
        "<b>altered",
        "http:",
        "https:",
        "src=",
        "href=",
        "url(",
        "@import",
    ] {
        assert!(!page.contains(active), "{active}");
    }
    assert!(page.contains("entry &quot;3&quot; &amp; more: &lt;b&gt;altered&lt;/b&gt;"));
    assert!(page.contains("By month") && page.contains("3 of 4") && page.contains("width:75%"));
    for (open, close) in [("<ul", "</ul>"), ("<table", "</table>"), ("<li", "</li>")] {
        assert_eq!(page.matches(open).count(), page.matches(close).count());
    }
}

/// What was not looked at is not told as absent: an auditor would file it.
#[test]
fn what_was_not_looked_at_is_not_told_as_absent() {
    let page = page(&AuditReport::default());
    for false_word in [
        "always closed",
        "There was none",
        "1970",
        "Gaps: ",
        "Erasures: ",
    ] {
        assert!(!page.contains(false_word), "{false_word}");
    }
    assert_eq!(page.matches(NOT_YET).count(), 4);
    // Nor what was counted until the log could not be read any more.
    let page = super::page(&report());
    assert!(page.contains("what stands here is not all") && !page.contains("There was none"));
}

/// Most acts are no accesses.
#[test]
fn acts_are_counted_as_acts_and_accesses_among_them() {
    let mut report = report();
    let mut accesses = report.accesses.take().unwrap();
    (accesses.opened, accesses.refused) = (4_873, 3);
    for (kind, count) in [
        ("write", 4_663),
        ("access", 150),
        ("query", 50),
        ("disclose", 10),
    ] {
        accesses.kinds.insert(kind.to_owned(), count);
    }
    report.accesses = Some(accesses);
    let page = page(&report);
    assert!(page.contains("<h2>Acts: 4,873</h2>"));
    assert!(page.contains("210 of them are accesses"), "{page}");
    assert!(page.contains("3 were refused") && !page.contains("Accesses: 4,873"));
}

/// A report whose every text is long and does not break by itself.
fn long() -> AuditReport {
    let mut report = report();
    let word = |letter: &str| letter.repeat(180);
    report.log.origin = word("o");
    for number in 0..20 {
        let place = format!("{}{number}", word("p"));
        report.again("S7", &place, &word("w")).unwrap();
    }
    report.remark_again(&word("r"), &word("s"));
    report.skip_again("bodies", &word("k"));
    if let Some(accesses) = &mut report.accesses {
        accesses.purposes.insert(word("u"), u64::MAX);
        accesses.kinds.insert(word("x"), 1);
    }
    report
}

/// A browser, where one is installed.
fn browser() -> Option<&'static str> {
    let known = ["chromium", "chromium-browser", "google-chrome"];
    known.into_iter().find(|name| {
        let version = Command::new(name).arg("--version").output();
        version.is_ok_and(|told| told.status.success())
    })
}

/// What the browser prints, with these arguments.
fn browse(browser: &str, folder: &Path, arguments: &[&str]) -> String {
    let profile = format!("--user-data-dir={}", folder.join("profile").display());
    let told = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", &profile])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(told.status.success(), "{told:?}");
    String::from_utf8(told.stdout).unwrap()
}

/// At the width of a small phone, a phone and a desk, no element reaches beyond the screen or hides
/// a part of itself; on paper every word is there. A CI machine that has the browser fails without
/// what reads the paper; any other warns.
#[test]
fn nothing_is_cut_on_a_phone_a_desk_or_paper() {
    let Some(browser) = browser() else {
        eprintln!(
            "WARNING: SKIPPED: no browser looks at the page here: \
             apt-get install chromium poppler-utils"
        );
        return;
    };
    let folder = std::env::temp_dir().join(format!("liasse-look-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let whole = page(&long());
    let framed = whole.replace('&', "&amp;").replace('"', "&quot;");
    let frames = [320, 390, 1280].map(|width| {
        format!("<iframe srcdoc=\"{framed}\" style=\"width:{width}px;border:0\"></iframe>")
    });
    let look = format!(
        "<!doctype html><meta charset=utf-8>{}{MEASURE}",
        frames.concat()
    );
    fs::write(folder.join("look.html"), look).unwrap();
    let file = format!("file://{}/look.html", folder.display());
    let told = browse(
        browser,
        &folder,
        &["--virtual-time-budget=5000", "--dump-dom", &file],
    );
    let widths: Vec<_> = ["320", "390", "1280"]
        .map(|width| format!("[{width} wide, 0 cut]"))
        .to_vec();
    for width in widths {
        assert!(
            told.contains(&width),
            "{width}: {}",
            &told[told.len() - 300..]
        );
    }
    fs::write(folder.join("page.html"), whole).unwrap();
    let file = format!("file://{}/page.html", folder.display());
    browse(browser, &folder, &["--print-to-pdf=page.pdf", &file]);
    let text = Command::new("pdftotext")
        .args(["page.pdf", "-"])
        .current_dir(&folder)
        .output();
    match text {
        Ok(text) => on_paper(&String::from_utf8_lossy(&text.stdout)),
        Err(error) => {
            let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!ci, "Chromium is here and pdftotext is not: {error}");
            eprintln!("WARNING: SKIPPED: no paper is read here: apt-get install poppler-utils");
        }
    }
    fs::remove_dir_all(&folder).unwrap();
}

/// Every word is on the paper, wherever its lines break.
fn on_paper(text: &str) {
    let text: String = text.split_whitespace().collect();
    // A number beside a name of several lines may be read between them.
    let names = text.replace(|letter: char| letter.is_ascii_digit(), "");
    for letter in ["o", "w", "r", "s", "k", "u", "x"] {
        assert!(names.contains(&letter.repeat(180)), "{letter} is cut");
    }
    for number in 0..20 {
        let place = format!("{}{number}", "p".repeat(180));
        assert!(text.contains(&place), "finding {number}");
    }
}

/// Every colour is black, white, or between.
#[test]
fn the_page_needs_no_colour() {
    let mut colours = 0;
    for (at, _) in STYLE.match_indices('#') {
        let digits: String = STYLE[at + 1..]
            .chars()
            .take_while(char::is_ascii_hexdigit)
            .collect();
        let grey = digits.chars().all(|digit| digits.starts_with(digit));
        assert!(digits.len() == 3 && grey, "#{digits}");
        colours += 1;
    }
    assert!(colours > 4);
    for named in ["red", "green", "blue", "orange", "rgb(", "hsl("] {
        assert!(!STYLE.contains(&format!(" {named}")), "{named}");
    }
}

/// Says of each frame how wide it is and how much of it is cut.
const MEASURE: &str = "<script>
onload = () => {
  const told = [...document.querySelectorAll('iframe')].map((frame) => {
    const width = frame.clientWidth;
    const cut = [...frame.contentDocument.querySelectorAll('body *')].filter((element) => {
      const { left, right } = element.getBoundingClientRect();
      const hidden = element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1;
      return left < -1 || right > width + 1 || hidden;
    });
    return `[${width} wide, ${cut.length} cut]`;
  });
  document.body.textContent = told.join(' ');
};
</script>";
