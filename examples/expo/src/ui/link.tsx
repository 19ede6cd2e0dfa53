import type { ReactNode } from 'react';
import { Pressable, StyleSheet } from 'react-native';
import { pressOnKey } from './press-on-key';
import { useTheme } from './theme';

/** A card that opens a screen. The label says all that the card shows. */
export function Link({ label, onPress, children }: { label: string; onPress: () => void; children: ReactNode }) {
  const { card, fieldBorder } = useTheme();
  return (
    <Pressable
      role="link"
      aria-label={label}
      onPress={onPress}
      {...pressOnKey('Enter', onPress)}
      style={[styles.link, { backgroundColor: card, borderColor: fieldBorder }]}
    >
      {children}
    </Pressable>
  );
}

const styles = StyleSheet.create({
  link: { minHeight: 48, padding: 16, gap: 4, borderWidth: 1, borderRadius: 16 },
});
