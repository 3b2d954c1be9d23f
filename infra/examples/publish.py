"""publish.py AMQP_URL FILE.ndjson [--wait SECONDS]: sends a department's CloudEvents, one a line, through RabbitMQ and
prints every answer. What is not answered is sent again: Mohor knows an event by its source and id and acts on it once.
Exit code: 0 all accepted, 1 some refused, 2 some not answered (then run it again with the same file)."""
import argparse, collections, itertools, json, re, sys, time, pika
WINDOW, ROUNDS = 200, 4  # events on their way; how often each is sent
tally, unanswered = collections.Counter(), {}  # what the broker brought; what is on its way, by its id

def events(lines, department=None):  # read as they are sent, never all at once; the bytes go out as they stand
    for number, line in enumerate(filter(bytes.strip, lines), 1):
        try:
            event = json.loads(line)
            name = re.fullmatch("[!-~]{1,128}", event["id"])[0]  # the answer will be known by it
            department = department or event["data"]["department"]  # a user has one; another's event is refused
            key = ".".join([department, *event["type"].split(".")[4:-1]])  # BCW.application.approved
            about = pika.BasicProperties("application/cloudevents+json", delivery_mode=2, user_id=user, message_id=name)
            while name in unanswered:  # one id twice: the second waits for the answer to the first
                yield None
            yield name, {"rounds": 0, "due": 0, "message": ("applications", key, line.strip(), about)}
        except (ValueError, LookupError, TypeError, AttributeError):
            unanswered[f"event {number}, not sent: it is no CloudEvent"] = {"rounds": ROUNDS, "due": 0}

def on_answer(channel, method, _properties, body):
    event = json.loads(body)
    data, word, tally["messages"] = event["data"], event["type"].split(".")[-2], tally["messages"] + 1
    if word in ("accepted", "refused") and unanswered.pop(data.get("event_id"), None):
        tally[word] += 1
        rest = {member: data.get(member) for member in ("code", "pointer")}
        print(json.dumps({"event_id": data["event_id"], "result": word, **rest}), flush=True)
    channel.basic_ack(method.delivery_tag)  # all else is news: a real system would keep certificate.issued's UIN

def session(channel, count=None):  # ends when every event is answered, or was sent often enough
    channel.confirm_delivery()  # basic_publish returns when the broker has the event safe, and raises when it has not
    channel.basic_qos(prefetch_count=WINDOW)
    channel.basic_consume(f"answers.{user}", on_answer)  # the administrator declares it; a department declares nothing
    while count != (count := tally["messages"]):  # answers from before this file answer nothing in it
        channel.connection.process_data_events(time_limit=1)
    while unanswered.update(filter(None, itertools.islice(source, WINDOW - len(unanswered)))) or any(
            sent["rounds"] < ROUNDS or sent["due"] > time.monotonic() for sent in unanswered.values()):
        for sent in unanswered.values():
            if sent["rounds"] < ROUNDS and sent["due"] <= time.monotonic():
                channel.basic_publish(*sent["message"], mandatory=True)
                sent.update(rounds=sent["rounds"] + 1, due=time.monotonic() + args.wait * 2 ** sent["rounds"])
        channel.connection.process_data_events(time_limit=0.2)

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("url"), parser.add_argument("file"), parser.add_argument("--wait", type=float, default=10)
args = parser.parse_args()
server, source = pika.URLParameters(args.url), events(open(args.file, "rb"))
user, server.heartbeat, server.blocked_connection_timeout = server.credentials.username, 20, 60
for pause in (1, 2, 4, 8, 16, 32, 64):
    try:
        with pika.BlockingConnection(server) as connection:
            session(connection.channel())
        break
    except pika.exceptions.AMQPError as error:  # no connection, an event not taken, a right that is missing
        print(f"the broker: {error!r}; again in {pause} s", file=sys.stderr)
        time.sleep(pause)
print(dict(tally), "not answered:", *unanswered or ["none"], file=sys.stderr)
sys.exit(2 if unanswered or next(source, None) else 1 if tally["refused"] else 0)
