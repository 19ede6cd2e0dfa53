import type { ReactNode } from 'react';
import { Pressable, StyleSheet } from 'react-native';
import { useTheme } from './theme';

/** A card that opens a screen. */
export function Link({ label, onPress, children }: { label: string; onPress: () => void; children: ReactNode }) {
  const { card, border } = useTheme();
  return (
    <Pressable
      role="link"
      aria-label={label}
      onPress={onPress}
      style={[styles.link, { backgroundColor: card, borderColor: border }]}
    >
      {children}
    </Pressable>
  );
}

const styles = StyleSheet.create({
  link: { padding: 16, gap: 4, borderWidth: 1, borderRadius: 16 },
});
