//! The definitions of the figures, as `docs/FIGURES.md` has them: the page is the one source.

const PAGE: &str = include_str!("../../docs/FIGURES.md");

/// The section of that name, without its heading.
pub(crate) fn section(name: &str) -> &'static str {
    let heading = format!("\n## {name}\n");
    let section = PAGE.split_once(&heading).map_or("", |(_, rest)| rest);
    section.split_once("\n## ").map_or(section, |(section, _)| section).trim()
}

/// The first line of a section.
pub(super) fn summary(name: &str) -> &'static str {
    section(name).lines().next().unwrap_or_default()
}
