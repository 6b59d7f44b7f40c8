//! What a person at a terminal sees of what was written there.

/// A terminal that knows carriage returns and new lines, and no escape code.
pub(crate) struct Screen {
    lines: Vec<Vec<char>>,
    /// Every line as it stood when the cursor left it or went back to its start.
    pictures: Vec<String>,
}

impl Screen {
    #[track_caller]
    pub(crate) fn showing(written: &str, columns: usize) -> Screen {
        let mut screen = Screen { lines: vec![vec![]], pictures: vec![] };
        let mut at = 0;
        let mut characters = written.chars().peekable();
        while let Some(c) = characters.next() {
            match c {
                '\r' => {
                    // What was wrapped cannot be written over; what goes on below need not be.
                    let is_left = characters.peek() == Some(&'\n');
                    assert!(is_left || at < columns, "wrapped at {columns}: {:?}", screen.lines());
                    screen.take_picture();
                    at = 0;
                }
                '\n' => {
                    screen.take_picture();
                    screen.lines.push(vec![]);
                }
                c => {
                    assert!(!c.is_control(), "{c:?} was written to the terminal: {written:?}");
                    screen.put(at, c);
                    at += 1;
                }
            }
        }
        screen
    }

    fn put(&mut self, at: usize, c: char) {
        let line = self.lines.last_mut().expect("there is a line");
        if at == line.len() {
            line.push(c);
        } else {
            line[at] = c;
        }
    }

    fn take_picture(&mut self) {
        let picture: String = self.lines.last().expect("there is a line").iter().collect();
        let picture = picture.trim_end().to_owned();
        if self.pictures.last() != Some(&picture) {
            self.pictures.push(picture);
        }
    }

    /// What stands there in the end.
    pub(crate) fn lines(&self) -> Vec<String> {
        let text = |line: &Vec<char>| line.iter().collect::<String>().trim_end().to_owned();
        self.lines.iter().map(text).collect()
    }

    /// What a line ever showed.
    pub(crate) fn pictures(&self) -> &[String] {
        &self.pictures
    }
}
