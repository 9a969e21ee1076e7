import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { ensureUser } from './accounts.ts';
import type { Actor, World } from './context.ts';
import { Refusal } from './refusal.ts';
import type { AppRow, InstallationRow, TokenRow } from './state.ts';

const jwtLifetimeSeconds = 600;
const clockSkewSeconds = 60;

/**
 * Who an Authorization header speaks for: `Bearer x`, `token x`, or Basic with the token as password (git).
 * Throws Refusal 401 for credentials that are wrong, forged or expired.
 */
export function authenticate(world: World, header: string | null): Actor {
  if (header === null || header.trim() === '') return { kind: 'anonymous' };
  const secret = secretIn(header);
  const row = world.state.tokens.one('token', secret);
  if (row !== undefined) return tokenActor(world, row);
  if (secret.split('.').length === 3 && !secret.startsWith('gh')) return { kind: 'app', app: jwtApp(world, secret) };
  throw new Refusal(401, 'Bad credentials');
}

/** Mints `ghs_...`; `permissions` and `repositoryIds` null = all the App has. */
export function mintInstallationToken(
  world: World,
  installation: InstallationRow,
  limits: Pick<TokenRow, 'permissions' | 'repositoryIds'>,
): TokenRow {
  const app = world.state.apps.need(installation.appId);
  const now = world.now().getTime();
  return world.state.transaction(() => {
    // An expired token is refused like an unknown one, so its row can go.
    for (const old of world.state.tokens.where('user', app.botId)) {
      if (isExpired(old, now)) world.state.tokens.delete(old.id);
    }
    return world.state.tokens.insert({
      token: `ghs_${randomBytes(18).toString('hex')}`,
      kind: 'installation',
      userId: app.botId,
      installationId: installation.id,
      ...limits,
      createdAt: new Date(now).toISOString(),
      expiresAt: new Date(now + world.faults.tokenTtlSeconds * 1000).toISOString(),
    });
  });
}

/** The personal token of a human, made at the first call and stable afterwards. */
export function userToken(world: World, login: string): string {
  return world.state.transaction(() => {
    const user = ensureUser(world, login);
    const existing = world.state.tokens.where('user', user.id).find((row) => row.kind === 'user');
    if (existing !== undefined) return existing.token;
    return world.state.tokens.insert({
      token: `ghp_${randomBytes(18).toString('hex')}`,
      kind: 'user',
      userId: user.id,
      installationId: null,
      permissions: null,
      repositoryIds: null,
      createdAt: world.instant(),
      expiresAt: null,
    }).token;
  });
}

function secretIn(header: string): string {
  const [scheme = '', value = ''] = header.trim().split(/\s+/, 2);
  if (scheme.toLowerCase() !== 'basic') return value;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  const password = pair.slice(colon + 1);
  return password === '' || password === 'x-oauth-basic' ? pair.slice(0, Math.max(colon, 0)) : password;
}

function isExpired(row: TokenRow, now: number): boolean {
  return row.expiresAt !== null && Date.parse(row.expiresAt) <= now;
}

function tokenActor(world: World, token: TokenRow): Actor {
  if (isExpired(token, world.now().getTime())) throw new Refusal(401, 'Bad credentials');
  const user = world.state.users.need(token.userId);
  if (token.kind === 'user') return { kind: 'user', user, token };
  return { kind: 'installation', app: world.state.apps.need(user.appId ?? 0), user, token };
}

function jwtApp(world: World, jwt: string): AppRow {
  const [head = '', payload = '', signature = ''] = jwt.split('.');
  const header = jsonPart(head);
  const claims = jsonPart(payload);
  if (header?.alg !== 'RS256' || claims === null) throw undecodable();
  const app = world.state.apps
    .all()
    .find(({ id, clientId }) => String(claims.iss) === String(id) || claims.iss === clientId);
  // an App without a key (the stand-in for CI) cannot sign in
  if (app === undefined || app.publicKeyPem === '') throw new Refusal(401, 'Integration must generate a public key');
  const key = createPublicKey(app.publicKeyPem);
  if (!verify('RSA-SHA256', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'))) {
    throw undecodable();
  }
  const now = world.now().getTime() / 1000;
  if (typeof claims.exp !== 'number' || claims.exp <= now) {
    throw new Refusal(401, "'Expiration time' claim ('exp') must be a numeric value representing the future time");
  }
  if (claims.exp > now + jwtLifetimeSeconds) {
    throw new Refusal(401, "'Expiration time' claim ('exp') is too far in the future");
  }
  if (typeof claims.iat !== 'number' || claims.iat > now + clockSkewSeconds) {
    throw new Refusal(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time the assertion was issued",
    );
  }
  return app;
}

function undecodable(): Refusal {
  return new Refusal(401, 'A JSON web token could not be decoded');
}

function jsonPart(part: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
