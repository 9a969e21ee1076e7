/** Under which name a server shows what the App wrote. GitHub: `<slug>[bot]`; others may show the account instead. */
import { optionalTextAt } from './fields.ts';
import type { Installation } from './installation.ts';

/** `written` is an issue or a comment as the server answered its creation. */
export function rememberOwnName(installation: Installation, written: unknown): void {
  const { server } = installation;
  const login = optionalTextAt(written, 'user.login');
  if (login !== null && server.appLogin() !== null && login !== server.appLogin()) server.ownLogins.add(login);
}
