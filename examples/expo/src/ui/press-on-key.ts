/**
 * On the web, React Native's `Pressable` ignores the space bar on radio buttons and tabs, and the Enter key on links. Phones
 * have no such events.
 */
export function pressOnKey(key: 'Enter' | ' ', press: () => void): object {
  return {
    onKeyDownCapture: (event: { key: string; preventDefault: () => void }) => {
      if (event.key !== key) return;
      event.preventDefault();
      press();
    },
  };
}
