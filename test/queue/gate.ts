/** A gate that handlers wait at until the test opens it; once open it stays open. */
export function makeGate(): { readonly wait: () => Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { wait: () => opened, open };
}
