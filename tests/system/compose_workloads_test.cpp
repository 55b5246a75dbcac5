// The applications of a Docker course, from compose files and from images of Debian's packages that a registry on this
// machine serves. To make the images takes minutes and a mirror of Debian, once.

#include "tests/support/box.hpp"
#include "tests/support/host_ports.hpp"
#include "tests/support/registry_server.hpp"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>
#include <unistd.h>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

namespace {

constexpr std::chrono::seconds patience{60}; ///< for what a program inside does

/// What the images run is in tests/support/workloads.
std::string workload(const std::string& name) { return std::string{std::getenv("SKIFF_WORKLOADS")} + "/" + name; }

class Workloads : public Box
{
  protected:
    static void TearDownTestSuite()
    {
        registry_.reset();
        if (!library_.empty())
            std::filesystem::remove_all(library_);
    }

    void SetUp() override
    {
        Box::SetUp();
        if (IsSkipped())
            return;
        if (const std::string missing = RegistryServer::missing_program(); !missing.empty())
            GTEST_SKIP() << "this machine has no " << missing;
        if (!registry_) {
            std::string pattern = "/var/tmp/skiff-workloads-XXXXXX";
            library_ = ::mkdtemp(pattern.data());
            registry_.emplace(library_, RegistryServer::Options{});
        }
        make_directory("config/containers");
        write_file("config/containers/registries.conf",
                   "[[registry]]\nlocation = \"" + registry_->host() + "\"\ninsecure = true\n");
        if (!published_)
            publish();
        if (!published_)
            GTEST_SKIP() << "there are no images: mmdebstrap or a mirror of Debian is missing";
        port_ = free_port();
        environment().push_back("REGISTRY=" + registry_->host() + "/course");
        environment().push_back("PORT=" + std::to_string(port_));
        make_directory("project");
        make_directory("project/app");
        write_file("project/app/todo.py", read_file(workload("todo.py")));
        write_file("project/password.txt", "correct horse\n");
    }

    /// A root file system with a database, a cache, a proxy and an interpreter, kept for later runs; as images in the
    /// registry.
    void publish()
    {
        const char* place = std::getenv("SKIFF_TEST_BASES"); // NOLINT(concurrency-mt-unsafe)
        const std::string base =
            (place != nullptr ? std::string{place} : "/var/tmp/skiff-bases-" + std::to_string(::geteuid())) +
            "/services.tar";
        if (run({workload("base.sh"), base}, {.patience = std::chrono::minutes{15}}).code != 0)
            return;
        const std::pair<const char*, std::vector<const char*>> images[] = {
            {"database",
             {"ENTRYPOINT [\"/usr/local/bin/database\"]", "EXPOSE 5432", "VOLUME /var/lib/postgresql/data"}},
            {"cache", {"CMD [\"redis-server\",\"--protected-mode\",\"no\",\"--save\",\"\"]", "EXPOSE 6379"}},
            {"proxy", {"CMD [\"nginx\",\"-g\",\"daemon off;\"]", "EXPOSE 80"}},
            {"python", {"CMD [\"python3\"]", "ENV PYTHONUNBUFFERED=1"}},
        };
        for (const auto& [name, changes] : images) {
            const std::string reference = registry_->host() + "/course/" + name + ":1";
            std::vector<std::string> import{program(), "import", "-q"};
            for (const char* change : changes)
                import.insert(import.end(), {"--change", change});
            import.insert(import.end(), {base, reference});
            ASSERT_THAT(run(import), Succeeds());
            ASSERT_THAT(run({program(), "push", "-q", reference}, {.patience = std::chrono::minutes{5}}), Succeeds());
        }
        for (const auto& [name, changes] : images) // known by no name, they have to be pulled
            ASSERT_THAT(skiff("untag", registry_->host() + "/course/" + name + ":1"), Succeeds());
        published_ = true;
    }

    template <typename... Words>
    Result compose(const Words&... words)
    {
        return run({program(), "compose", std::string{words}...},
                   {.directory = path() + "/project", .patience = std::chrono::minutes{5}});
    }

    std::string get(const std::string& place) { return http_get(port_, place); }
    bool comes(const std::string& place, const std::string& text)
    {
        return eventually([&] { return get(place).find(text) != std::string::npos; }, patience);
    }

    std::uint16_t port_ = 0;

  private:
    static inline std::string library_;
    static inline std::optional<RegistryServer> registry_;
    static inline bool published_ = false;
};

constexpr const char* todo_project = R"YAML(
services:
  db:
    image: ${REGISTRY}/database:1
    environment: {POSTGRES_DB: todo, POSTGRES_PASSWORD_FILE: /run/secrets/password}
    secrets: [password]
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: {test: ["CMD", "pg_isready", "-h", "127.0.0.1", "-d", "todo"], interval: 1s, timeout: 10s, retries: 60}
  app:
    image: ${REGISTRY}/python:1
    command: python3 /app/todo.py
    volumes: ["./app:/app:ro"]
    ports: ["127.0.0.1:${PORT}:8000"]
    environment:
      DB_HOST: db
      DB_NAME: todo
      DB_PASSWORD_FILE: /run/secrets/password
    secrets: [password]
    depends_on: {db: {condition: service_healthy}}
volumes: {data: {}}
secrets: {password: {file: ./password.txt}}
)YAML";

TEST_F(Workloads, ATodoListOutlivesDownAndGoesWithItsVolume)
{
    write_file("project/compose.yaml", todo_project);

    ASSERT_THAT(compose("up", "-d"), Succeeds());
    EXPECT_TRUE(comes("/health", "fine")) << compose("logs").out;
    EXPECT_THAT(get("/add?milk"), HasSubstr("milk"));

    ASSERT_THAT(compose("down"), Succeeds());
    EXPECT_THAT(skiff("ps", "-aq").out, IsEmpty());
    ASSERT_THAT(compose("up", "-d"), Succeeds());
    EXPECT_TRUE(comes("/items", "milk")) << get("/items") << compose("logs").out;

    ASSERT_THAT(compose("down", "-v"), Succeeds());
    EXPECT_THAT(skiff("volume", "ls", "-q").out, IsEmpty());
    ASSERT_THAT(compose("up", "-d"), Succeeds());
    EXPECT_TRUE(comes("/items", "[]")) << get("/items") << compose("logs").out;
    ASSERT_THAT(compose("down", "-v"), Succeeds());
}

TEST_F(Workloads, CodeThatIsMountedIsLive)
{
    write_file("project/compose.yaml",
               "services:\n  app:\n    image: ${REGISTRY}/python:1\n    command: python3 -m http.server 8000\n"
               "    working_dir: /app\n    volumes: ['./app:/app']\n    ports: ['127.0.0.1:${PORT}:8000']\n"
               "    stop_grace_period: 1s\n");
    write_file("project/app/page", "one");
    ASSERT_THAT(compose("up", "-d"), Succeeds());
    ASSERT_TRUE(comes("/page", "one"));

    write_file("project/app/page", "two");

    EXPECT_EQ(get("/page"), "two");
    EXPECT_THAT(compose("down"), Succeeds());
}

constexpr const char* shop_project = R"YAML(
x-app: &app
  image: ${REGISTRY}/python:1
  command: python3 /app/todo.py
  volumes: ["./app:/app:ro"]
  restart: unless-stopped
  stop_grace_period: 1s
services:
  proxy:
    image: ${REGISTRY}/proxy:1
    ports: ["127.0.0.1:${PORT}:80"]
    networks: [front]
    configs: [{source: proxy, target: /etc/nginx/nginx.conf, mode: 0444}]
    depends_on: {web: {condition: service_started}, api: {condition: service_healthy}}
    restart: unless-stopped
  web:
    <<: *app
    networks: [front]
  api:
    <<: *app
    networks: [front, back]
    environment: {DB_HOST: db, DB_PASSWORD_FILE: /run/secrets/password, REDIS_HOST: cache}
    secrets: [password]
    depends_on: {db: {condition: service_healthy}, cache: {condition: service_started}}
    healthcheck:
      test: ["CMD", "python3", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/items')"]
      interval: 1s
      timeout: 10s
      retries: 60
  db:
    image: ${REGISTRY}/database:1
    environment: {POSTGRES_PASSWORD_FILE: /run/secrets/password}
    secrets: [{source: password, mode: 0444}]
    volumes: ["data:/var/lib/postgresql/data"]
    networks: [back]
    healthcheck: {test: ["CMD", "pg_isready", "-h", "127.0.0.1"], interval: 1s, timeout: 10s, retries: 60}
    restart: unless-stopped
  cache:
    image: ${REGISTRY}/cache:1
    networks: [back]
    restart: unless-stopped
networks: {front: {}, back: {internal: true}}
volumes: {data: {}}
secrets: {password: {file: ./password.txt}}
configs:
  proxy:
    content: |
      events {}
      error_log /dev/stderr;
      http {
        access_log /dev/stdout;
        upstream web { server web:8000; }
        server {
          listen 80;
          location /api/ { proxy_pass http://api:8000/; }
          location / { proxy_pass http://web/; }
        }
      }
)YAML";

TEST_F(Workloads, FiveServicesFindEachOtherAndRestart)
{
    write_file("project/compose.yaml", shop_project);

    ASSERT_THAT(compose("up", "-d", "--scale", "web=3"), Succeeds()) << compose("logs").out;

    EXPECT_TRUE(comes("/api/add?milk", "milk")) << compose("logs").out;
    EXPECT_THAT(get("/api/hits"), HasSubstr("1"));
    EXPECT_THAT(get("/api/hits"), HasSubstr("2"));
    std::set<std::string> hosts;
    EXPECT_TRUE(eventually([&] { return hosts.insert(get("/host")), hosts.size() >= 3; }))
        << "not all three were asked";

    // web and the database have no network in common.
    EXPECT_THAT(
        compose("exec", "-T", "web", "python3", "-c", "import socket; socket.create_connection(('db', 5432), 3)"),
        Not(ExitsWith(0)));
    EXPECT_THAT(
        compose("exec", "-T", "api", "python3", "-c", "import socket; socket.create_connection(('db', 5432), 3)"),
        Succeeds());

    const std::string before = skiff("ps", "-q", "--no-trunc").out;
    ASSERT_THAT(compose("up", "-d", "--scale", "web=3"), Succeeds());
    EXPECT_EQ(skiff("ps", "-q", "--no-trunc").out, before) << "nothing had changed";

    const std::string database = compose("ps", "-q", "db").line();
    ASSERT_THAT(skiff("unshare", "kill", "-9", inspect(database, "{{.State.Pid}}")), Succeeds());
    EXPECT_TRUE(comes("/api/items", "milk")) << "the database did not come back\n" << compose("logs", "db").out;

    EXPECT_THAT(compose("down", "-v"), Succeeds());
    EXPECT_THAT(skiff("ps", "-aq").out, IsEmpty());
    EXPECT_THAT(skiff("network", "ls", "-q").out, Not(HasSubstr("project")));
}

} // namespace
