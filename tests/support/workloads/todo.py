"""The application of the tests: a list of things to do in PostgreSQL, and a counter in Redis when there is one."""
import http.server, json, os, socket, urllib.parse
import psycopg2

def connect():
    password = os.environ.get("DB_PASSWORD") or open(os.environ["DB_PASSWORD_FILE"]).read().strip()
    return psycopg2.connect(host=os.environ["DB_HOST"], user=os.environ.get("DB_USER", "postgres"),
                            dbname=os.environ.get("DB_NAME", "postgres"), password=password, connect_timeout=10)

def count():
    """INCR hits, in Redis' own words."""
    with socket.create_connection((os.environ["REDIS_HOST"], 6379), timeout=10) as redis:
        redis.sendall(b"INCR hits\r\n")
        return int(redis.makefile().readline().strip().lstrip(":"))

class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, value):
        body = (json.dumps(value) + "\n").encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        try:
            if url.path == "/health":
                return self.answer(200, "fine")
            if url.path == "/host":
                return self.answer(200, socket.gethostname())
            if url.path == "/hits":
                return self.answer(200, count())
            with connect() as db, db.cursor() as cursor:
                cursor.execute("create table if not exists items (name text)")
                if url.path == "/add":
                    cursor.execute("insert into items values (%s)", (url.query,))
                cursor.execute("select name from items order by name")
                return self.answer(200, [row[0] for row in cursor.fetchall()])
        except Exception as problem:
            return self.answer(500, str(problem))

    def log_message(self, form, *words):
        print("%s %s" % (self.address_string(), form % words), flush=True)

http.server.ThreadingHTTPServer(("", int(os.environ.get("PORT", "8000"))), Handler).serve_forever()
