//! A picture of figures: bars on a logarithmic scale, as SVG.
//!
//! For: `docs/`. Invariant: the same figures give the same bytes.

use std::fmt::Write as _;

/// One bar.
pub struct Bar<'a> {
    /// What was done; bars of one group stand together.
    pub group: &'a str,
    /// Who did it.
    pub name: &'a str,
    /// The figure.
    pub value: f64,
}

/// The picture.
///
/// # Errors
/// None but what writing to a text gives.
pub fn bars(title: &str, bars: &[Bar<'_>]) -> Result<String, std::fmt::Error> {
    let mut names: Vec<&str> = Vec::new();
    let mut groups: Vec<&str> = Vec::new();
    for bar in bars {
        if !names.contains(&bar.name) {
            names.push(bar.name);
        }
        if !groups.contains(&bar.group) {
            groups.push(bar.group);
        }
    }
    let most = bars.iter().map(|bar| bar.value).fold(10.0, f64::max);
    let decades = most.log10().ceil().max(1.0);
    let width = |value: f64| WIDTH * value.max(1.0).log10() / decades;
    let mut body = String::new();
    let mut y = 40.0;
    for group in groups {
        writeln!(
            body,
            "<text x=\"8\" y=\"{:.0}\" font-weight=\"bold\">{group}</text>",
            y + 11.0
        )?;
        y += LINE;
        for bar in bars.iter().filter(|bar| bar.group == group) {
            let at = names.iter().position(|name| *name == bar.name).unwrap_or(0);
            let colour = COLOURS.get(at % COLOURS.len()).copied().unwrap_or("#000");
            let long = width(bar.value);
            writeln!(
                body,
                "<text x=\"8\" y=\"{text:.0}\">{name}</text><rect x=\"{LEFT}\" y=\"{y:.0}\" \
                 width=\"{long:.1}\" height=\"12\" fill=\"{colour}\"/><text x=\"{end:.0}\" \
                 y=\"{text:.0}\">{value:.1}</text>",
                text = y + 11.0,
                name = bar.name,
                end = f64::from(LEFT) + long + 4.0,
                value = bar.value,
            )?;
            y += LINE;
        }
        y += LINE / 2.0;
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"900\" height=\"{y:.0}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"900\" height=\"{y:.0}\" \
         fill=\"#fff\"/>\n<text x=\"8\" y=\"20\" font-size=\"14\">{title}, logarithmic</text>\n\
         {body}</svg>\n"
    ))
}

const LEFT: u32 = 240;
const WIDTH: f64 = 580.0;
const LINE: f64 = 15.0;
const COLOURS: [&str; 8] = [
    "#8a8a8a", "#b9b9b9", "#c98b2b", "#a5532a", "#4f7cac", "#7fa8d0", "#2f8f5b", "#3b3b3b",
];
