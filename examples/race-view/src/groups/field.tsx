import { type FieldError, ProblemError } from '@lockin/sdk';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { t } from '../language/language.js';
import { problemText } from '../language/problem-text.js';

/** What connects a control with its label and its error. */
interface ControlProps {
  id: string;
  'aria-invalid': boolean;
  'aria-describedby': string | undefined;
}

interface FieldProps {
  label: string;
  error: string | undefined;
  children: (control: ControlProps) => ReactNode;
}

export function Field({ label, error, children }: FieldProps): ReactNode {
  const id = useId();
  const control = { id, 'aria-invalid': error !== undefined, 'aria-describedby': error && `${id}-error` };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(control)}
      {error !== undefined && (
        <p id={`${id}-error`} className="field-error">
          {error}
        </p>
      )}
    </div>
  );
}

/** The error of the field at a pointer, and the message of everything that belongs to no field. */
export function useFieldErrors(error: Error | null, pointers: readonly string[]) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [error]);
  const errors = error instanceof ProblemError ? error.errors : [];
  const isShown = errors.length > 0 && errors.every(({ pointer }) => pointers.includes(pointer));
  return {
    form,
    errorAt: (pointer: string) => fieldText(errors.find((each) => each.pointer === pointer)),
    message: error && !isShown ? problemText(error) : undefined,
  };
}

function fieldText(error: FieldError | undefined): string | undefined {
  return error && (t.fieldErrors[error.pointer] ?? error.detail);
}
