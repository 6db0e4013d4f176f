//! Charts by hand: a picture of plain shapes, and panels with two axes.

use std::fmt::Write;

use crate::text;

/// Colors that differ for everybody (Okabe and Ito's).
pub(crate) const COLORS: [&str; 6] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"];
pub(crate) const INK: &str = "#222222";
pub(crate) const FAINT: &str = "#e3e3e3";

/// How a text stands at its point.
#[derive(Clone, Copy)]
pub(crate) enum Stands {
    Before,
    Around,
    Behind,
}

/// An SVG picture.
pub(crate) struct Picture {
    size: (f64, f64),
    title: &'static str,
    shapes: String,
}

impl Picture {
    pub(crate) fn new(size: (f64, f64), title: &'static str) -> Self {
        Self { size, title, shapes: String::new() }
    }

    pub(crate) fn text(&mut self, at: (f64, f64), stands: Stands, style: &str, text: &str) {
        let anchor = match stands {
            Stands::Before => "end",
            Stands::Around => "middle",
            Stands::Behind => "start",
        };
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        self.put(format!(
            r#"<text x="{:.1}" y="{:.1}" text-anchor="{anchor}" {style}>{text}</text>"#,
            at.0, at.1
        ));
    }

    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), style: &str) {
        self.put(format!(
            r#"<line x1="{:.1}" y1="{:.1}" x2="{:.1}" y2="{:.1}" {style}/>"#,
            from.0, from.1, to.0, to.1
        ));
    }

    pub(crate) fn bar(&mut self, at: (f64, f64), size: (f64, f64), fill: &str) {
        self.put(format!(
            r#"<rect x="{:.1}" y="{:.1}" width="{:.1}" height="{:.1}" fill="{fill}"/>"#,
            at.0, at.1, size.0, size.1
        ));
    }

    pub(crate) fn curve(&mut self, points: &[(f64, f64)], style: &str) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        self.put(format!(r#"<polyline points="{}" fill="none" {style}/>"#, points.join(" ")));
    }

    /// Small squares or strokes with names, one below the other.
    pub(crate) fn legend(&mut self, at: (f64, f64), entries: &[(&str, &str)]) {
        for (place, (color, name)) in entries.iter().enumerate() {
            let y = place as f64 * 15.0 + at.1;
            self.bar((at.0, y - 8.0), (10.0, 9.0), color);
            self.text((at.0 + 15.0, y), Stands::Behind, r#"font-size="11""#, name);
        }
    }

    pub(crate) fn svg(&self) -> String {
        let (width, height) = self.size;
        format!(
            concat!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" "#,
                r#"viewBox="0 0 {width} {height}" role="img" font-family="sans-serif" fill="{ink}">"#,
                "\n<title>{title}</title>\n",
                r##"<rect width="{width}" height="{height}" fill="#ffffff"/>"##,
                "\n{shapes}</svg>\n"
            ),
            width = width,
            height = height,
            ink = INK,
            title = self.title,
            shapes = self.shapes,
        )
    }

    fn put(&mut self, shape: String) {
        self.shapes.push_str(&shape);
        self.shapes.push('\n');
    }
}

/// An axis, even or by powers of ten.
#[derive(Clone, Copy)]
pub(crate) enum Axis {
    Even { most: f64 },
    Powers { least: f64, most: f64 },
}

impl Axis {
    /// From 0 at its beginning to 1 at its end.
    fn part(self, value: f64) -> f64 {
        match self {
            Self::Even { most } => value / most,
            Self::Powers { least, most } => (value.max(least) / least).log10() / (most / least).log10(),
        }
    }

    /// Where it is marked.
    fn marks(self) -> Vec<f64> {
        match self {
            Self::Even { most } => {
                let rough = most / 5.0;
                let power = 10_f64.powf(rough.log10().floor());
                let step = [1.0, 2.0, 5.0, 10.0].into_iter().find(|step| step * power >= rough * 0.8);
                let step = step.unwrap_or(10.0) * power;
                (0..=(most / step * 1.001) as u32).map(|mark| f64::from(mark) * step).collect()
            }
            Self::Powers { least, most } => {
                let powers = (most / least).log10().round() as i32;
                (0..=powers).map(|power| least * 10_f64.powi(power)).collect()
            }
        }
    }
}

/// A place in a picture with two axes.
pub(crate) struct Panel {
    pub(crate) at: (f64, f64),
    pub(crate) size: (f64, f64),
    pub(crate) x: Axis,
    pub(crate) y: Axis,
}

impl Panel {
    /// Where a value stands in the picture; what is too much ends at the border.
    pub(crate) fn place(&self, x: f64, y: f64) -> (f64, f64) {
        let up = self.y.part(y).clamp(0.0, 1.0);
        (self.at.0 + self.x.part(x) * self.size.0, self.at.1 + (1.0 - up) * self.size.1)
    }

    /// Its name, its frame and its vertical axis.
    pub(crate) fn frame(&self, picture: &mut Picture, title: &str, unit: &str) {
        let (left, top) = self.at;
        picture.text((left, top - 24.0), Stands::Behind, r#"font-size="13" font-weight="bold""#, title);
        picture.text((left, top - 8.0), Stands::Behind, r##"font-size="11" fill="#555555""##, unit);
        for mark in self.y.marks() {
            let y = top + (1.0 - self.y.part(mark)) * self.size.1;
            picture.line((left, y), (left + self.size.0, y), &format!(r#"stroke="{FAINT}""#));
            picture.text((left - 6.0, y + 4.0), Stands::Before, r#"font-size="11""#, &text::mark(mark));
        }
        let floor = top + self.size.1;
        picture.line((left, floor), (left + self.size.0, floor), &format!(r#"stroke="{INK}""#));
    }

    /// Its horizontal axis.
    pub(crate) fn along(&self, picture: &mut Picture, unit: &str) {
        let floor = self.at.1 + self.size.1;
        for mark in self.x.marks() {
            let x = self.at.0 + self.x.part(mark) * self.size.0;
            picture.line((x, floor), (x, floor + 4.0), &format!(r#"stroke="{INK}""#));
            picture.text((x, floor + 17.0), Stands::Around, r#"font-size="11""#, &text::mark(mark));
        }
        let middle = self.at.0 + self.size.0 / 2.0;
        picture.text((middle, floor + 34.0), Stands::Around, r##"font-size="11" fill="#555555""##, unit);
    }

    /// A curve through values, in a color and with dashes if any.
    pub(crate) fn curve(&self, picture: &mut Picture, values: &[(f64, f64)], color: &str, dashes: &str) {
        let points: Vec<(f64, f64)> = values.iter().map(|(x, y)| self.place(*x, *y)).collect();
        let mut style = format!(r#"stroke="{color}" stroke-width="2""#);
        if !dashes.is_empty() {
            let _written = write!(style, r#" stroke-dasharray="{dashes}""#);
        }
        picture.curve(&points, &style);
    }

    /// A level that is a limit, with its name above its left end.
    pub(crate) fn level(&self, picture: &mut Picture, value: f64, name: &str) {
        let (_, y) = self.place(0.0, value);
        let right = self.at.0 + self.size.0;
        picture.line((self.at.0, y), (right, y), &format!(r#"stroke="{INK}" stroke-dasharray="5 3""#));
        picture.text((self.at.0 + 4.0, y - 4.0), Stands::Behind, r#"font-size="11""#, name);
    }
}
