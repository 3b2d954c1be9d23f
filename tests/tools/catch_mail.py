"""A mail server that takes whatever comes: its port on the first line, then each mail as a line of JSON."""

import asyncio
import email
import email.policy
import json

from aiosmtpd.smtp import SMTP


class Catch:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        caught = {"to": envelope.rcpt_tos, "id": mail["Message-ID"], "subject": mail["Subject"],
                  "headers": sorted({name.lower() for name in mail.keys()}), "text": mail.get_content()}
        print(json.dumps(caught), flush=True)
        return "250 taken"


async def serve():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Catch(), enable_SMTPUTF8=True), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(serve())
