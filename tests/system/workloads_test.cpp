// What people build, from their base images to a container that answers: with a range of ids, and with a single one. The base is a
// Debian that mmdebstrap makes, served by a registry; packages come from Debian's mirror and the npm registry. Minutes: suite slow.

#include "tests/support/box.hpp"
#include "tests/support/host_ports.hpp"
#include "tests/support/registry_server.hpp"

#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

enum class Ids { Range, Single };

class Workloads : public Box, public ::testing::WithParamInterface<Ids>
{
  protected:
    void SetUp() override
    {
        Box::SetUp();
        for (const char* needed : {"/usr/bin/mmdebstrap"})
            if (::access(needed, X_OK) != 0)
                GTEST_SKIP() << needed << " is missing";
        if (const std::string missing = RegistryServer::missing_program(); !missing.empty())
            GTEST_SKIP() << missing << " is missing";
        if (!has_subordinate_ids())
            GTEST_SKIP() << "mmdebstrap needs subordinate ids";
        const char* place = std::getenv("SKIFF_TEST_BASES"); // NOLINT(concurrency-mt-unsafe)
        const std::string archive = (place != nullptr ? std::string{place} : "/var/tmp/skiff-bases-" + std::to_string(::geteuid())) + "/debian.tar";
        ASSERT_THAT(run({std::getenv("SKIFF_DEBIAN_BASE"), archive}, {.patience = std::chrono::minutes{10}}), Succeeds()); // NOLINT(concurrency-mt-unsafe)
        if (is_single())
            environment().push_back("SKIFF_SINGLE_ID=1");
        registry_.emplace(make_directory("registry"), RegistryServer::Options{});
        ASSERT_THAT(skiff("import", "-q", "--change", "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", archive, base()), Succeeds());
        ASSERT_THAT(skiff("push", "-q", "--tls-verify=false", base()), Succeeds());
        ASSERT_THAT(skiff("rmi", base()), Succeeds());
        context_ = make_directory("context");
    }

    void TearDown() override
    {
        registry_.reset();
        Box::TearDown();
    }

    [[nodiscard]] static bool is_single() { return GetParam() == Ids::Single; }
    [[nodiscard]] std::string base() const { return registry_->host() + "/debian:12"; }
    void add(const std::string& name, const std::string& content, int mode = 0644) { write_file("context/" + name, content, mode); }

    /// Builds the context as `name`; `$base` in `containerfile` is the base image.
    Result build(const std::string& name, const std::string& containerfile, const std::vector<std::string>& words = {})
    {
        std::string text = containerfile;
        for (std::size_t at = 0; (at = text.find("$base", at)) != std::string::npos;)
            text.replace(at, 5, base());
        const std::string file = write_file("Containerfile." + name, text);
        std::vector<std::string> argv{program(), "build", "--tls-verify=false", "-t", name, "-f", file};
        argv.insert(argv.end(), words.begin(), words.end());
        argv.push_back(context_);
        return run(argv, {.patience = std::chrono::minutes{10}});
    }

    std::string context_;
    std::optional<RegistryServer> registry_;
};

constexpr const char* apt = "RUN apt-get update -q && apt-get install -y -q --no-install-recommends ";

TEST_P(Workloads, DebianInstallsPackages)
{
    const Result built = build("less", std::string{"FROM $base\n"} + apt + "less && rm -rf /var/lib/apt/lists/*\nCMD [\"less\", \"--version\"]\n");

    EXPECT_THAT(built, Succeeds());
    EXPECT_THAT(skiff("run", "--rm", "less"), PrintsSubstring("less "));
    EXPECT_EQ(skiff("run", "--rm", "less", "ls", "/var/lib/apt/lists").out, "");
    if (is_single()) {
        EXPECT_THAT(built.out + built.err, HasSubstr("single"));
        EXPECT_THAT(skiff("run", "--rm", "less", "ls", "-A", "/run").out, Not(HasSubstr(".apt.conf"))); // nothing of ours is in the layer
    }
}

TEST_P(Workloads, UsersAndOwnersAreMade)
{
    ASSERT_THAT(build("users", "FROM $base\n"
                               "RUN useradd --create-home --uid 1234 worker && groupadd extra && usermod -aG extra worker\n"
                               "RUN mkdir /srv/app && chown -R worker:worker /srv/app && install -o worker -g extra -m 0750 -d /srv/more\n"
                               "RUN mknod /dev/null2 c 1 3 || true\n"
                               "USER worker\nWORKDIR /srv/app\nCMD [\"id\", \"-un\"]\n"),
                Succeeds());
    EXPECT_THAT(skiff("run", "--rm", "users"), Prints("worker"));
    EXPECT_THAT(skiff("run", "--rm", "users", "grep", "worker", "/etc/group"), PrintsSubstring("extra:x:"));
    if (!is_single()) {
        EXPECT_THAT(skiff("run", "--rm", "users", "stat", "-c", "%U:%G %a", "/srv/app", "/srv/more"), Prints("worker:worker 755\nworker:extra 750"));
    }
}

TEST_P(Workloads, PythonAnswersOnAPublishedPort)
{
    add("app.py", "import getpass, http.server\n"
                  "class Hello(http.server.BaseHTTPRequestHandler):\n"
                  "    def do_GET(self):\n"
                  "        body = f'hello from {getpass.getuser()}'.encode()\n"
                  "        self.send_response(200); self.send_header('Content-Length', str(len(body))); self.end_headers(); self.wfile.write(body)\n"
                  "    def log_message(self, *words): pass\n"
                  "http.server.HTTPServer(('', 8000), Hello).serve_forever()\n");
    add(".dockerignore", "*.log\n");
    ASSERT_THAT(build("web", std::string{"FROM $base AS python\n"} + apt +
                                 "python3 python3-venv && rm -rf /var/lib/apt/lists/*\n"
                                 "FROM python AS builder\nWORKDIR /build\nRUN python3 -m venv --without-pip /opt/venv\n"
                                 "FROM python\nENV PYTHONUNBUFFERED=1 PATH=/opt/venv/bin:$PATH\n"
                                 "RUN useradd --create-home appuser\nWORKDIR /home/appuser/app\n"
                                 "COPY --from=builder --chown=appuser:appuser /opt/venv /opt/venv\n"
                                 "COPY --chown=appuser:appuser . .\nUSER appuser\nEXPOSE 8000\n"
                                 "HEALTHCHECK --interval=1h CMD python3 -c \"import urllib.request as r; r.urlopen('http://127.0.0.1:8000/')\"\n"
                                 "CMD [\"python3\", \"app.py\"]\n"),
                Succeeds());
    const std::uint16_t port = free_port();
    ASSERT_THAT(skiff("run", "-d", "--name", "web", "-p", "127.0.0.1:" + std::to_string(port) + ":8000", "web"), Succeeds());

    EXPECT_EQ(http_get(port), "hello from appuser");
    EXPECT_THAT(skiff("healthcheck", "run", "web"), Succeeds());
    EXPECT_THAT(skiff("exec", "web", "stat", "-c", "%U", "/opt/venv/bin", "app.py"), Prints("appuser\nappuser"));
    skiff("rm", "-f", "-t", "0", "web");
}

TEST_P(Workloads, NodeInstallsOnceAndReusesIt)
{
    ASSERT_THAT(build("node", std::string{"FROM $base\n"} + apt +
                                  "nodejs ca-certificates && rm -rf /var/lib/apt/lists/*\n"
                                  "ADD https://registry.npmjs.org/npm/-/npm-9.9.3.tgz /tmp/npm.tgz\n"
                                  "RUN mkdir -p /usr/lib/node_modules/npm && tar -xzf /tmp/npm.tgz --strip-components=1 -C /usr/lib/node_modules/npm "
                                  "&& ln -s /usr/lib/node_modules/npm/bin/npm-cli.js /usr/bin/npm && chmod +x /usr/bin/npm && rm /tmp/npm.tgz\n"),
                Succeeds());
    add("package.json", R"({"name": "app", "version": "1.0.0", "dependencies": {"left-pad": "1.3.0"}})");
    add("server.js", "console.log(require('left-pad')('one', 5, '.'))\n");
    add(".dockerignore", "node_modules\n");
    // The authorities that this machine trusts may not be everybody's.
    const std::vector<std::string> authorities{"--secret", "id=ca,src=/etc/ssl/certs/ca-certificates.crt"};
    const std::string file = "FROM localhost/node\nWORKDIR /app\nCOPY package*.json ./\n"
                             "RUN --mount=type=secret,id=ca NODE_EXTRA_CA_CERTS=/run/secrets/ca npm install && date +%N > /installed\n"
                             "COPY . .\nCMD [\"node\", \"server.js\"]\n";
    ASSERT_THAT(build("app", file, authorities), Succeeds());
    EXPECT_THAT(skiff("run", "--rm", "app"), Prints("..one"));
    const std::string installed = skiff("run", "--rm", "app", "cat", "/installed").line();

    add("server.js", "console.log(require('left-pad')('two', 5, '.'))\n");
    ASSERT_THAT(build("app", file, authorities), Succeeds());

    EXPECT_THAT(skiff("run", "--rm", "app"), Prints("..two"));
    EXPECT_THAT(skiff("run", "--rm", "app", "cat", "/installed"), Prints(installed));
}

TEST_P(Workloads, ACProgramStandsAlone)
{
    add("main.c", "#include <stdio.h>\nint main(int argc, char** argv) { printf(\"hello %s\\n\", argc > 1 ? argv[1] : \"nobody\"); return 0; }\n");
    ASSERT_THAT(build("hello-c", std::string{"FROM $base AS builder\n"} + apt +
                                     "gcc libc6-dev\nCOPY main.c .\nRUN gcc -static -O2 -o /hello main.c && strip /hello\n"
                                     "FROM scratch\nCOPY --from=builder /hello /hello\nENTRYPOINT [\"/hello\"]\nCMD [\"world\"]\n"),
                Succeeds());

    EXPECT_THAT(skiff("run", "--rm", "hello-c"), Prints("hello world"));
    EXPECT_THAT(skiff("run", "--rm", "hello-c", "you"), Prints("hello you"));
    EXPECT_THAT(skiff("image", "inspect", "--format", "{{len .RootFS.Layers}}", "hello-c"), Prints("1"));
}

TEST_P(Workloads, ScriptsHeredocsSecretsAndCaches)
{
    add("entrypoint.sh", "#!/bin/sh\nset -e\necho \"starting $APP_NAME\"\nexec \"$@\"\n", 0755);
    const std::string secret = write_file("token", "s3cr3t");
    const std::string file = "FROM $base\nENV APP_NAME=demo\n"
                             "COPY <<EOF /etc/app.conf\nname=$APP_NAME\nEOF\n"
                             "COPY <<'EOF' /etc/raw.conf\nname=$APP_NAME\nEOF\n"
                             "RUN <<EOF\nset -e\necho one > /lines\necho two >> /lines\nEOF\n"
                             "RUN <<EOF\n#!/usr/bin/perl\nopen(my $f, '>', '/from-perl'); print $f \"perl\\n\";\nEOF\n"
                             "RUN --mount=type=secret,id=token,required cat /run/secrets/token | wc -c > /token-length\n"
                             "RUN --mount=type=cache,target=/var/cache/app echo x >> /var/cache/app/log && wc -l < /var/cache/app/log > /builds\n"
                             "COPY entrypoint.sh /usr/local/bin/\nENTRYPOINT [\"entrypoint.sh\"]\nCMD [\"cat\", \"/etc/app.conf\", \"/etc/raw.conf\", "
                             "\"/lines\", \"/from-perl\", \"/token-length\", \"/builds\"]\n";
    const std::vector<std::string> words{"--secret", "id=token,src=" + secret};
    ASSERT_THAT(build("scripts", file, words), Succeeds());

    EXPECT_THAT(skiff("run", "--rm", "scripts"), Prints("starting demo\nname=demo\nname=$APP_NAME\none\ntwo\nperl\n6\n1"));
    EXPECT_THAT(skiff("run", "--rm", "scripts", "ls", "/run/secrets", "/var/cache/app").out, Not(AllOf(HasSubstr("token"), HasSubstr("log"))));

    // The cache mount stays when the layers are made anew, and the secret is nowhere.
    std::vector<std::string> again = words;
    again.emplace_back("--no-cache");
    ASSERT_THAT(build("scripts", file, again), Succeeds());
    EXPECT_THAT(skiff("run", "--rm", "scripts", "cat", "/builds"), Prints("starting demo\n2"));
    EXPECT_NE(run({"/bin/grep", "-rqs", "s3cr3t", path() + "/data"}).code, 0);
}

TEST_P(Workloads, TriggersFireInTheImageOnTop)
{
    add("settings", "blue\n");
    ASSERT_THAT(build("framework", "FROM $base\nONBUILD COPY settings /etc/settings\nONBUILD RUN echo \"got $(cat /etc/settings)\" > /got\n"), Succeeds());
    ASSERT_THAT(build("child", "FROM localhost/framework\nCMD [\"cat\", \"/got\"]\n"), Succeeds());

    EXPECT_THAT(skiff("run", "--rm", "child"), Prints("got blue"));
    EXPECT_THAT(skiff("image", "inspect", "--format", "{{json .Config}}", "child").out, Not(HasSubstr("OnBuild")));
}

TEST_P(Workloads, AHugeContextIsFilteredAndCached)
{
    ASSERT_THAT(run({"/bin/sh", "-ec", "cd " + context_ + "; for d in $(seq 500); do mkdir -p tree/$d; (cd tree/$d; touch $(seq 100)); done; "
                                      "mkdir build; echo object > build/x.o; echo keep > tree/7/notes.md"}),
                Succeeds());
    add(".dockerignore", "build\ntree/1*\n**/*.md\n!tree/7/notes.md\n");
    const std::string file = "FROM $base\nCOPY . /src\nRUN find /src -type f | wc -l > /count\nCMD [\"cat\", \"/count\"]\n";
    ASSERT_THAT(build("huge", file), Succeeds());
    // 500 directories without 1, 10 to 19 and 100 to 199: 389 of 100 files; the note, and the ignore file itself.
    EXPECT_THAT(skiff("run", "--rm", "huge"), Prints("38902"));
    const std::string id = skiff("image", "inspect", "--format", "{{.Id}}", "huge").line();

    ASSERT_THAT(build("huge", file), Succeeds());
    EXPECT_THAT(skiff("image", "inspect", "--format", "{{.Id}}", "huge"), Prints(id));

    add("tree/7/8", "changed\n");
    ASSERT_THAT(build("huge", file), Succeeds());
    EXPECT_THAT(skiff("run", "--rm", "huge", "cat", "/src/tree/7/8"), Prints("changed"));
}

INSTANTIATE_TEST_SUITE_P(With, Workloads, ::testing::Values(Ids::Range, Ids::Single),
                         [](const auto& instance) { return instance.param == Ids::Range ? "ARangeOfIds" : "ASingleId"; });

} // namespace
