import { uploadAvatar } from '@lockin/sdk';
import { invalidate } from '@lockin/sdk/react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { launchImageLibraryAsync } from 'expo-image-picker';
import { Image, StyleSheet } from 'react-native';
import { texts } from '../language/texts';
import { lockin } from '../lockin';
import { Button } from '../ui/button';
import { ErrorText } from '../ui/text';

export function Avatar({ url }: { url: string | null }) {
  const queryClient = useQueryClient();
  const choose = useMutation({
    retry: false, // the client retries
    mutationFn: async () => {
      const { assets } = await launchImageLibraryAsync({ mediaTypes: 'images', allowsEditing: true, quality: 0.8 });
      const image = assets?.[0];
      if (image) await uploadAvatar(lockin, image);
    },
    onSuccess: () => invalidate(queryClient, 'patch /api/me'),
  });
  return (
    <>
      {url !== null && (
        <Image source={{ uri: url }} role="img" aria-label={texts.profile.picture} style={styles.avatar} />
      )}
      <ErrorText error={choose.error} />
      <Button label={texts.profile.choosePicture} isBusy={choose.isPending} onPress={() => choose.mutate()} />
    </>
  );
}

const styles = StyleSheet.create({ avatar: { width: 96, height: 96, borderRadius: 48 } });
