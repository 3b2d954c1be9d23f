// Reads an AsyncAPI document with AsyncAPI's own parser. Exit code 1 on any diagnostic of severity error.
import { Parser, fromFile } from '@asyncapi/parser';

const file = process.argv[2];
if (!file) {
  console.error('usage: node validate.mjs <asyncapi.yaml>');
  process.exit(2);
}
const words = ['error', 'warning', 'information', 'hint'];
const { document, diagnostics } = await fromFile(new Parser(), file).parse();
for (const { severity, path, code, message } of diagnostics) {
  console.log(`${words[severity]}: /${path.join('/')}: ${code}: ${message}`);
}
if (!document || diagnostics.some(({ severity }) => severity === 0)) {
  process.exit(1);
}
console.log(`${file}: ${document.allChannels().length} channels, ${document.allMessages().length} messages, no error`);
