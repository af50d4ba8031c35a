import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.election.LeaderKey;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;

/** jetcd's lock and election under the control of a test: one JSON object a line, as in README.md. */
public final class Peer {
  private final Gson gson = new Gson();
  private final Client client;
  private final Map<Integer, CompletableFuture<?>> calls = new ConcurrentHashMap<>();
  /** What jetcd wants back for a proclamation and a resignation, by its key. */
  private final Map<String, LeaderKey> leaders = new ConcurrentHashMap<>();

  private Peer(String[] endpoints) {
    client = Client.builder().endpoints(endpoints).build();
  }

  public static void main(String[] endpoints) throws IOException {
    var peer = new Peer(endpoints);
    var input = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (var line = input.readLine(); line != null; line = input.readLine()) peer.start(line);
    System.exit(0);
  }

  private void start(String line) {
    var request = gson.fromJson(line, JsonObject.class);
    var id = request.get("id").getAsInt();
    var args = request.getAsJsonObject("args");
    var call = call(request.get("op").getAsString(), args);
    calls.put(id, call);
    call.whenComplete((result, error) -> {
      calls.remove(id);
      answer(id, result, error);
    });
  }

  private CompletableFuture<?> call(String op, JsonObject args) {
    var leases = client.getLeaseClient();
    var locks = client.getLockClient();
    var elections = client.getElectionClient();
    switch (op) {
      case "cancel":
        var call = calls.get(args.get("id").getAsInt());
        if (call != null) call.cancel(true);
        return CompletableFuture.completedFuture(Map.of());
      case "lease.grant":
        return leases.grant(args.get("ttl").getAsLong())
            .thenApply(granted -> Map.of("lease", String.valueOf(granted.getID())));
      case "lease.revoke":
        return leases.revoke(number(args, "lease")).thenApply(done -> Map.of());
      case "lock":
        return locks.lock(bytes(args, "name"), number(args, "lease"))
            .thenApply(locked -> Map.of("key", text(locked.getKey())));
      case "unlock":
        return locks.unlock(bytes(args, "key")).thenApply(done -> Map.of());
      case "campaign":
        return elections.campaign(bytes(args, "name"), number(args, "lease"), bytes(args, "value"))
            .thenApply(won -> {
              var key = text(won.getLeader().getKey());
              leaders.put(key, won.getLeader());
              return Map.of("key", key);
            });
      case "proclaim":
        return elections.proclaim(leader(args), bytes(args, "value")).thenApply(done -> Map.of());
      case "resign":
        return elections.resign(leader(args)).thenApply(done -> Map.of());
      case "leader":
        return elections.leader(bytes(args, "name")).thenApply(found -> {
          var kv = found.getKv();
          return Map.of("key", text(kv.getKey()), "value", text(kv.getValue()));
        });
      default:
        return CompletableFuture.failedFuture(new IllegalArgumentException(op));
    }
  }

  private LeaderKey leader(JsonObject args) {
    return leaders.get(args.get("key").getAsString());
  }

  private synchronized void answer(int id, Object result, Throwable error) {
    var cause = error instanceof CompletionException ? error.getCause() : error;
    var line = error == null
        ? Map.of("id", id, "result", result)
        : Map.of("id", id, "error", String.valueOf(cause));
    System.out.println(gson.toJson(line));
  }

  private static ByteSequence bytes(JsonObject args, String name) {
    return ByteSequence.from(args.get(name).getAsString(), UTF_8);
  }

  private static long number(JsonObject args, String name) {
    return Long.parseLong(args.get(name).getAsString());
  }

  private static String text(ByteSequence bytes) {
    return bytes.toString(UTF_8);
  }
}
