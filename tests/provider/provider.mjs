// A sign-in provider (panva's certified oidc-provider) for the tests, on loopback.
//
//   node provider.mjs FOLDER PORT PORTAL
//
// Beside it in FOLDER: `control.json`, read anew with each request. `people` are accounts by login, with their claims and
// what they sign in with (`acr`); `alg` signs the tokens of clients that register now; `forge` says how a token is spoilt
// before it is given: what a broken or a captured provider might do.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, port, portal] = process.argv.slice(2);
// The packages lie beside the tools and not beside this file.
const packages = createRequire(join(process.env.MOHOR_PROVIDER_PACKAGES, 'x.js'));
const load = (name) => import(pathToFileURL(packages.resolve(name)).href);
const { default: Provider } = await load('oidc-provider');
const { SignJWT, exportJWK, generateKeyPair, importJWK } = await load('jose');
const control = () => JSON.parse(readFileSync(join(folder, 'control.json'), 'utf8'));

const SECRET = 'a secret of the tests, ' + 'x'.repeat(32);
const issuer = `http://localhost:${port}`;
const keys = [];
for (const alg of ['RS256', 'ES256']) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  keys.push({ ...(await exportJWK(privateKey)), alg, use: 'sig', kid: `test-${alg}-${process.pid}` });
}
const { alg, user_info: userInfo } = control();

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'mohor',
      client_secret: SECRET,
      redirect_uris: [`${portal}/sign-in/back`],
      post_logout_redirect_uris: [`${portal}/`],
      id_token_signed_response_alg: alg,
    },
  ],
  jwks: { keys },
  cookies: { keys: ['of the tests'] },
  pkce: { required: () => true },
  acrValues: ['urn:one', 'urn:two'],
  claims: { openid: ['sub'], profile: ['name', 'preferred_username'], mohor: ['groups', 'department', 'district'] },
  // True is what the standard says: beside an access token the claims of scopes are at UserInfo.
  conformIdTokenClaims: Boolean(userInfo),
  features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'HS256'] },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => {
    const person = control().people[id];
    return person && { accountId: id, claims: () => ({ sub: id, preferred_username: id, ...person.claims }) };
  },
  // Nobody is asked whether a State's office may know who they are.
  loadExistingGrant: async ({ oidc }) => {
    const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope([...oidc.requestParamScopes].join(' '));
    await grant.save();
    return grant;
  },
});

// What is spoilt. The token is signed again with the provider's own key, unless the key is what is spoilt.
const FORGED = {
  nonce: (claims) => ({ ...claims, nonce: 'of another sign-in' }),
  no_nonce: ({ nonce, ...claims }) => claims,
  expired: (claims, now) => ({ ...claims, iat: now - 7200, exp: now - 10 }),
  future: (claims, now) => ({ ...claims, iat: now + 3600, exp: now + 7200 }),
  audience: (claims) => ({ ...claims, aud: 'another' }),
  audiences: (claims) => ({ ...claims, aud: ['mohor', 'another'] }),
  another_party: (claims) => ({ ...claims, aud: ['mohor', 'another'], azp: 'another' }),
  issuer: (claims) => ({ ...claims, iss: 'https://sso.elsewhere.example' }),
  subject: (claims) => ({ ...claims, sub: 'somebody else' }),
  amr: (claims) => ({ ...claims, amr: ['pwd', 'otp'] }),
  unread: (claims) => ({ ...claims, exp: 'soon' }),
  // Not spoilt: what providers say besides, or say otherwise.
  odd: (claims) => ({
    ...claims, aud: ['another', 'mohor'], azp: 'mohor', iat: claims.iat + 0.5, auth_time: 'today', address: 'here',
    updated_at: '2026-01-01T00:00:00Z', email_verified: 'true', picture: '', website: null, amr: 'otp',
  }),
  mail: (claims) => ({ ...claims, preferred_username: 'Rekha.Das@wb.gov.in', sub: 'rekha at wb' }),
  domain: (claims) => ({ ...claims, preferred_username: 'WBGOV\\Rekha.Das', sub: 'rekha at wbgov' }),
  spaces: (claims) => ({ ...claims, preferred_username: 'Rekha Das' }),
  foreign_key: (claims) => claims,
  unknown_key: (claims) => claims,
  hs256: (claims) => claims,
  none: (claims) => claims,
};
async function forged(how, token) {
  const claims = FORGED[how](JSON.parse(Buffer.from(token.split('.')[1], 'base64url')), Math.floor(Date.now() / 1000));
  const key = keys.find((it) => it.alg === alg);
  const text = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  if (how === 'none') return `${text({ alg: 'none' })}.${text(claims)}.`;
  const signer = new SignJWT(claims);
  if (how === 'hs256') return signer.setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(SECRET));
  if (how === 'foreign_key' || how === 'unknown_key') {
    const { privateKey } = await generateKeyPair(alg);
    const kid = how === 'unknown_key' ? 'nobody-knows' : key.kid;
    return signer.setProtectedHeader({ alg, kid }).sign(privateKey);
  }
  return signer.setProtectedHeader({ alg, kid: key.kid }).sign(await importJWK(key, alg));
}

provider.use(async (ctx, next) => {
  await next();
  const { forge } = control();
  if (FORGED[forge] && ctx.oidc?.route === 'token' && ctx.body?.id_token) {
    ctx.body = { ...ctx.body, id_token: await forged(forge, ctx.body.id_token) };
    if (forge === 'odd') ctx.body = { ...ctx.body, expires_in: '3600', token_type: 'bearer', scope: null };
  }
  if (forge === 'userinfo' && ctx.oidc?.route === 'userinfo') ctx.body = { ...ctx.body, sub: 'another' };
});

const page = (body) => `<!doctype html><html lang="en"><title>State sign-in</title><main><h1>State sign-in</h1>${body}</main></html>`;
async function interaction(request, response) {
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(page('<form method="post"><label>User <input name="user" id="user"></label><button id="go">Go</button></form>'));
    return;
  }
  let body = '';
  for await (const part of request) body += part;
  const user = new URLSearchParams(body).get('user');
  const person = control().people[user];
  const result = person
    ? { login: { accountId: user, acr: person.acr } }
    : { error: 'access_denied', error_description: 'nobody of that name' };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const serve = provider.callback();
createServer((request, response) => {
  if (!request.url.startsWith('/interaction/')) return serve(request, response);
  interaction(request, response).catch((error) => {
    response.writeHead(500);
    response.end(String(error));
  });
}).listen(Number(port), '127.0.0.1', () => console.error(`listening ${issuer}`));
