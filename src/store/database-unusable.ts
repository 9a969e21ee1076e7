/**
 * The database that was named cannot be used. The message is one sentence with a remedy. `settings`: it will be so until
 * somebody changes something (address, password, version); `unavailable`: it may be gone in a minute.
 */
export class DatabaseUnusable extends Error {
  override readonly name = 'DatabaseUnusable';
  readonly reason: 'settings' | 'unavailable';

  constructor(reason: 'settings' | 'unavailable', message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
