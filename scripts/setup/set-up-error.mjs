/** The set-up cannot go on. `message` says what is missing, `hint` is what the person can do, line by line. */
export class SetUpError extends Error {
  constructor(message, hint = '') {
    super(message);
    this.name = 'SetUpError';
    this.hint = hint;
  }
}
