//! The real program as a process of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// A server, its address, and its log as it is written.
pub struct Program {
    process: Child,
    pub base: String,
    lines: Receiver<String>,
    log: String,
}

/// The program on a folder, with nothing of the surroundings and no models.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dragoman"));
    command
        .env_clear()
        .env("DRAGOMAN_DATA_DIR", folder)
        .env("DRAGOMAN_EMBED_MODEL", "off")
        .env("DRAGOMAN_CONTEXT_TOKENS", "8192")
        .env("RUST_LOG", "dragoman=info,warn")
        .stdin(Stdio::null());
    command
}

/// What a command prints, and how it ends.
pub fn run(command: &mut Command) -> Output {
    command.output().expect("the program starts")
}

/// Standard output and error, as text.
pub fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

impl Program {
    /// Serves on a free port, once it listens.
    pub fn serve(command: &mut Command) -> Program {
        let mut process = command
            .args(["serve", "--addr", "127.0.0.1:0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let written = BufReader::new(process.stderr.take().expect("piped")).lines();
        let (sender, lines) = channel();
        // A pipe that nobody reads would block the program.
        std::thread::spawn(move || {
            for line in written.map_while(Result::ok) {
                // Who does not read on does not want to know.
                let _ = sender.send(line);
            }
        });
        let mut program = Program {
            process,
            base: String::new(),
            lines,
            log: String::new(),
        };
        let line = program.wait_for("listening on ");
        let (_, address) = line.split_once("listening on ").expect("it is there");
        program.base = address.trim().to_owned();
        program
    }

    /// The next line of the log with these words.
    pub fn wait_for(&mut self, words: &str) -> String {
        loop {
            let Ok(line) = self.lines.recv() else {
                panic!("the program ended without saying {words:?}: {}", self.log);
            };
            self.log.push_str(&line);
            self.log.push('\n');
            if line.contains(words) {
                return line;
            }
        }
    }

    /// SIGKILL: nothing of the program's own runs after it.
    pub fn kill(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it has ended");
    }

    /// SIGTERM, as an operator stops it.
    pub fn terminate(&self) {
        let kill = format!("kill -TERM {}", self.process.id());
        let sent = Command::new("sh").args(["-c", &kill]).status();
        assert!(sent.expect("a shell").success());
    }

    /// How it ended, and its whole log.
    pub fn wait(mut self) -> (ExitStatus, String) {
        let status = self.process.wait().expect("it has ended");
        while let Ok(line) = self.lines.recv() {
            self.log.push_str(&line);
            self.log.push('\n');
        }
        (status, std::mem::take(&mut self.log))
    }
}

impl Drop for Program {
    /// A test that fails leaves nothing behind.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
