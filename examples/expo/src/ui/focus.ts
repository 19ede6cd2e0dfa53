import type { RefObject } from 'react';
import { Platform } from 'react-native';

interface Focusable {
  focus: () => void;
}

/** Moves the keyboard's focus on the web, for example when the focused button goes away. Phones do that themselves. */
export function focusOn(ref: RefObject<Focusable | null>): void {
  if (Platform.OS === 'web') ref.current?.focus();
}

/** Lets `focusOn()` focus an element that the Tab key skips. */
export const FOCUSABLE = { tabIndex: -1 } as const;
