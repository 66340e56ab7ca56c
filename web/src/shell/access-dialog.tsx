import { useEffect, useRef, type FormEvent } from 'react';
import { keepAccessKey, onKeyNeeded } from '../api/access-key.ts';

/** Asks for an access key when the server wants one; every view is read anew with it. */
export function AccessDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(
    () =>
      onKeyNeeded(() => {
        if (dialog.current?.open === false) dialog.current.showModal();
      }),
    [],
  );
  const keep = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const key = new FormData(event.currentTarget).get('key');
    if (typeof key !== 'string' || key.trim() === '') return;
    keepAccessKey(key.trim());
    location.reload();
  };
  return (
    <dialog ref={dialog} aria-labelledby="access-title">
      <form onSubmit={keep}>
        <h2 id="access-title">This server asks for an access key</h2>
        <p>
          Whoever runs it makes one with <code>resflow key create --scope read</code>. It is kept until this
          tab is closed.
        </p>
        <label className="field">
          Access key
          <input name="key" type="password" autoComplete="off" required />
        </label>
        <div className="actions">
          <button type="submit" className="primary">
            Use this key
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Not now
          </button>
        </div>
      </form>
    </dialog>
  );
}
