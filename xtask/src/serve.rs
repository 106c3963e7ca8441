//! A static file server for `dist/` on the local host, under any path prefix: as much of HTTP as a browser needs to load the
//! page. Deliberately no cache, no compression, no other address than 127.0.0.1.

use crate::build;
use crate::failure::Failure;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

const DEFAULT_PORT: u16 = 8080;
const REQUEST_LIMIT_BYTES: u64 = 32 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);

/// What `cargo xtask serve` was asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    port: u16,
    prefix: String,
    build: bool,
}

impl Options {
    pub fn parse(arguments: &[String]) -> Result<Self, Failure> {
        let fail = |why: &str| {
            let remedy = "Use `cargo xtask serve [--port N] [--prefix /PATH] [--no-build]`.";
            Failure::new("The server was not started.", why, remedy)
        };
        let mut options = Self { port: DEFAULT_PORT, prefix: String::new(), build: true };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().ok_or_else(|| fail(&format!("{argument} needs a value.")));
            match argument.as_str() {
                "--no-build" => options.build = false,
                "--prefix" => options.prefix.clone_from(value()?),
                "--port" => {
                    let port = value()?;
                    options.port =
                        port.parse().map_err(|_| fail(&format!("The port is \"{port}\", and must be 0 … 65535.")))?;
                }
                unknown => return Err(fail(&format!("\"{unknown}\" is not an option."))),
            }
        }
        Ok(options)
    }
}

/// A folder and the path under which it appears.
#[derive(Clone)]
pub struct Site {
    folder: PathBuf,
    /// Empty, or `/a/b` without a slash at the end.
    prefix: String,
}

impl Site {
    /// The project's `dist/`, which must have been built.
    pub fn new(root: &Path, prefix: &str) -> Result<Self, Failure> {
        let folder = root.join("dist");
        if !folder.join("index.html").is_file() {
            return Err(Failure::new(
                "There is nothing to serve.",
                "dist/index.html does not exist.",
                "Run `cargo xtask build` first.",
            ));
        }
        let prefix = prefix.trim_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("/{prefix}") };
        Ok(Self { folder, prefix })
    }
}

/// Builds where asked to, and serves until the process is stopped.
pub fn run(root: &Path, options: &Options) -> Result<(), Failure> {
    if options.build {
        build::run(root)?;
    }
    let site = Site::new(root, &options.prefix)?;
    let prefix = site.prefix.clone();
    let address = start(site, options.port)?;
    println!("CLV Lab is at http://{address}{prefix}/ (stop with Ctrl-C).");
    loop {
        thread::park();
    }
}

/// Starts serving in the background; port 0 takes a free one.
pub fn start(site: Site, port: u16) -> Result<SocketAddr, Failure> {
    let fail = |error: io::Error| {
        let what = format!("The server could not listen on port {port}.");
        Failure::new(&what, &error.to_string(), "Stop the program that uses the port, or choose another with --port N.")
    };
    let listener = TcpListener::bind(("127.0.0.1", port)).map_err(fail)?;
    let address = listener.local_addr().map_err(fail)?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let site = site.clone();
            // A visitor who hangs up early is not an error of the server's.
            thread::spawn(move || drop(answer(&site, &stream)));
        }
    });
    Ok(address)
}

/// What to send back.
#[derive(Debug, PartialEq, Eq)]
enum Reply {
    File(PathBuf),
    /// To the folder itself, with its slash.
    MovedTo(String),
    NotFound,
    NotAllowed,
}

fn answer(site: &Site, stream: &TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream.take(REQUEST_LIMIT_BYTES)).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    // The headers change nothing, but closing a connection with unread bytes would cut the reply off.
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let (method, target) = request.split_once(' ').unwrap_or_default();
    let target = target.split(' ').next().unwrap_or_default();
    let reply = route(site, method, target);
    let (status, header, body) = match reply {
        Reply::File(file) => match fs::read(&file) {
            Ok(bytes) => ("200 OK", format!("Content-Type: {}", media_type(&file)), bytes),
            Err(_) => plain("404 Not Found", "There is no such file.\n"),
        },
        Reply::MovedTo(location) => ("301 Moved Permanently", format!("Location: {location}"), Vec::new()),
        Reply::NotFound => plain("404 Not Found", "There is no such file.\n"),
        Reply::NotAllowed => plain("405 Method Not Allowed", "Only GET and HEAD are answered.\n"),
    };
    let length = body.len();
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{header}\r\nContent-Length: {length}\r\nCache-Control: no-cache\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    )?;
    if method != "HEAD" {
        stream.write_all(&body)?;
    }
    stream.flush()
}

fn plain(status: &'static str, text: &str) -> (&'static str, String, Vec<u8>) {
    (status, "Content-Type: text/plain; charset=utf-8".to_owned(), text.as_bytes().to_vec())
}

/// Chooses the reply. A path that climbs out of the folder names no file.
fn route(site: &Site, method: &str, target: &str) -> Reply {
    if !matches!(method, "GET" | "HEAD") {
        return Reply::NotAllowed;
    }
    let (path, query) = target.split_at(target.find(['?', '#']).unwrap_or(target.len()));
    let Some(inside) = path.strip_prefix(site.prefix.as_str()) else { return Reply::NotFound };
    if inside.is_empty() {
        return Reply::MovedTo(format!("{}/{query}", site.prefix));
    }
    let Some(inside) = inside.strip_prefix('/').and_then(percent_decoded) else { return Reply::NotFound };
    let mut file = site.folder.clone();
    for part in inside.split('/').filter(|part| !part.is_empty()) {
        if matches!(part, "." | "..") || part.contains(['\\', '\0', ':']) {
            return Reply::NotFound;
        }
        file.push(part);
    }
    if file.is_dir() {
        file.push("index.html");
    }
    if file.is_file() { Reply::File(file) } else { Reply::NotFound }
}

/// `None` when the text is not well-formed, or not UTF-8.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let value = digit()? * 16 + digit()?;
        bytes.push(u8::try_from(value).ok()?);
    }
    String::from_utf8(bytes).ok()
}

fn media_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::{Options, Reply, Site, media_type, route, start};
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpStream};
    use std::path::Path;

    /// This package's own folder stands in for a built site.
    fn site(prefix: &str) -> Site {
        Site { folder: Path::new(env!("CARGO_MANIFEST_DIR")).to_owned(), prefix: prefix.to_owned() }
    }

    fn exchange(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    }

    #[test]
    fn a_path_that_climbs_out_of_the_folder_names_no_file() {
        for path in ["/../Cargo.toml", "/src/../../Cargo.toml", "/%2e%2e/Cargo.toml", "/..%2fCargo.toml", "/%zz", "/a%"]
        {
            assert_eq!(route(&site(""), "GET", path), Reply::NotFound, "{path}");
        }
        assert!(matches!(route(&site(""), "GET", "/Cargo.toml?query=1"), Reply::File(_)));
        assert!(matches!(route(&site(""), "GET", "//etc/passwd"), Reply::NotFound));
    }

    #[test]
    fn only_the_prefix_is_served() {
        let site = site("/clv/lab");
        assert!(matches!(route(&site, "GET", "/clv/lab/Cargo.toml"), Reply::File(_)));
        assert_eq!(route(&site, "GET", "/clv/lab?seed=1"), Reply::MovedTo("/clv/lab/?seed=1".to_owned()));
        assert_eq!(route(&site, "GET", "/clv/laboratory"), Reply::NotFound);
        assert_eq!(route(&site, "GET", "/Cargo.toml"), Reply::NotFound);
        assert_eq!(route(&site, "POST", "/clv/lab/Cargo.toml"), Reply::NotAllowed);
    }

    #[test]
    fn a_get_answers_with_the_file_and_a_head_without() {
        let address = start(site(""), 0).unwrap();
        let get = exchange(address, "GET /Cargo.toml HTTP/1.1\r\nHost: x\r\n\r\n");
        assert!(get.starts_with("HTTP/1.1 200 OK\r\n") && get.contains("[package]"), "{get}");
        let head = exchange(address, "HEAD /Cargo.toml HTTP/1.1\r\nHost: x\r\n\r\n");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"), "{head}");
        assert!(exchange(address, "nonsense\r\n\r\n").starts_with("HTTP/1.1 405"));
    }

    #[test]
    fn wasm_has_the_type_that_streaming_compilation_asks_for() {
        assert_eq!(media_type(Path::new("a_bg.wasm")), "application/wasm");
        assert_eq!(media_type(Path::new("LICENSE")), "application/octet-stream");
    }

    #[test]
    fn options_are_read_and_nonsense_is_refused() {
        let parse = |text: &str| Options::parse(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        let expected = Options { port: 9000, prefix: "/a".to_owned(), build: false };
        assert_eq!(parse("--port 9000 --no-build --prefix /a").unwrap(), expected);
        for nonsense in ["--port", "--port 99999", "--port x", "--open"] {
            assert!(parse(nonsense).is_err(), "{nonsense}");
        }
    }
}
